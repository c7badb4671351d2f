"""The only room that opens the writable DuckDB, finds the SQL files and publishes snapshots."""
