"""`qa-pipeline looks`: who has seen and heard what was masked."""
