"""One voice for terminal and pages: figures, clocks, money, and the reasons for what is missing.

Pure: values in, plain text out. Neither Markdown nor terminal styles; whoever shows a text makes it safe for its place.
"""
