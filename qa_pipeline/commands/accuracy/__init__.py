"""`qa-pipeline accuracy`: word and character errors of transcripts."""
