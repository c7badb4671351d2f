"""`qa-pipeline doctor`: what is set up, what is not, and how to mend it."""
