"""Rules applied to stored calls: the files they are in, the calls they are about, what they come to, what a change
does."""
