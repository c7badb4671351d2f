"""The lake: published tables for several machines, Parquet in a bucket, a catalog in PostgreSQL (DuckLake)."""
