"""Thin Dagster glue, one module an asset, in the order of the data: load, one pure function, one transaction."""
