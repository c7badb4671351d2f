"""`qa-pipeline erase`."""
