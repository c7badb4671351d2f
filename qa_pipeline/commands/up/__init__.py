"""`qa-pipeline up`."""
