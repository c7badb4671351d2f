"""What was masked in a call, shown to those who may see it once they say why, and never without a row of the log."""
