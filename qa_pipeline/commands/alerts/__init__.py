"""`qa-pipeline alerts`: what is told to people by itself."""
