"""The one door to a published snapshot: open it read-only, ask it, and write what it answered."""
