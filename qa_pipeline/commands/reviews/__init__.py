"""`qa-pipeline reviews`: evaluations by people taken to a file and back, listed and verified."""
