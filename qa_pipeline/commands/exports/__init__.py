"""`qa-pipeline exports`: who has taken along what."""
