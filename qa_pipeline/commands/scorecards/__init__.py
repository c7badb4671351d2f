"""`qa-pipeline scorecards`: cards checked, and their schema for editors."""
