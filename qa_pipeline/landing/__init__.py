"""The landing zone as a run sees it: what landed, what it may be, what is known of it already."""
