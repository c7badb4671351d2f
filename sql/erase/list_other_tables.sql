-- list_other_tables: tables of the attached database `earlier` that are none of $known.
select table_name
from duckdb_tables()
where database_name = 'earlier' and schema_name = 'main' and not list_contains($known::varchar[], table_name)
order by table_name
