"""`qa-pipeline redact`: what is masked in texts."""
