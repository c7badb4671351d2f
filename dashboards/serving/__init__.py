"""The server around the pages: who may come in, and the sound of calls by signed links."""
