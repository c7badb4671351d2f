"""JSON of other speech services and programs, each read by a module of its own."""
