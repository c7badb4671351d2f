"""Erases calls and customers wherever the product keeps them, proves it, and forgets by age what is not to be kept."""
