-- list_tables: the tables of the attached database `looked_at`, no views.
select
    schema_name,
    table_name
from duckdb_tables()
where database_name = 'looked_at' and not internal
order by schema_name, table_name
