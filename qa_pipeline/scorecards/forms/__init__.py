"""Forms of other systems, read as cards and written from them; what can't be carried over is named."""
