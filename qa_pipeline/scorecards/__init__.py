"""Scorecards: forms by which calls are scored, read from YAML, and the arithmetic of scores. Values in, values out."""
