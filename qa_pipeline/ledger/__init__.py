"""Who was submitted, what was billed, what came back: the operations database and the raw JSON store."""
