"""`qa-pipeline rules`: rules checked, tried on a call, run over stored calls, and compared with changed ones."""
