"""`qa-pipeline lake`: upkeep of the lake."""
