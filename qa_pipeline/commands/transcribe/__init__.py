"""`qa-pipeline transcribe`: one recording or address, printed and not kept."""
