"""`qa-pipeline export`: transcripts and tables as files."""
