"""Days that several machines work at: their state between steps, and their heavy steps cut into shards."""
