"""`qa-pipeline call`: one call, as a person reads it or as JSON."""
