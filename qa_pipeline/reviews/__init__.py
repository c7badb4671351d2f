"""Evaluations by people: a log of all that was done, what follows from it, and who may see and do what."""
