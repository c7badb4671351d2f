"""What people take along: the list of calls as a file, and transcripts in the formats of `qa-pipeline export`."""
