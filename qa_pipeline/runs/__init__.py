"""Dagster runs as the command line starts them: instance, launch, progress."""
