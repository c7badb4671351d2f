-- list_statements: the statements and comments of tables, columns, views and macros of the attached database
-- `looked_at`.
select coalesce(sql, '') || ' ' || coalesce(comment, '') as said
from duckdb_tables()
where database_name = 'looked_at'
union all
select coalesce(sql, '') || ' ' || coalesce(comment, '')
from duckdb_views()
where database_name = 'looked_at' and not internal
union all
select coalesce(comment, '')
from duckdb_columns()
where database_name = 'looked_at'
union all
select coalesce(macro_definition, '')
from duckdb_functions()
where database_name = 'looked_at' and not internal
