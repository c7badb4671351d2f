"""The SQL of the product: files below `sql/` at the project's root, linted and tested there, read from here by name."""
