"""What was masked in a call, for those who may see it, and the log of who did: the one way to raw text and sound."""
