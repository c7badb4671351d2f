"""What is personal in the texts of a call, and the texts without it; no model, no network, no files."""
