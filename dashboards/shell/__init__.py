"""What frames every page: document, style, the line above the title."""
