"""How far transcripts are from reference transcripts, in words and characters, and whether a change helped."""
