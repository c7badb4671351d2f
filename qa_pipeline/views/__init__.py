"""Choices of calls that people keep under a name, in the operations database."""
