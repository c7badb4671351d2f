"""Dagster runs as the command line starts them: instance, storage, launch, progress."""
