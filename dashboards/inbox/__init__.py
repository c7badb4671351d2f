"""The inbox of whoever evaluates: what waits, of which kinds, and who has how much to do."""
