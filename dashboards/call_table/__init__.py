"""The list of calls as a table of our own: what its columns are, how a call fills them, and the table in the browser.

Rows are drawn by the browser from plain texts, so that hostile words of a recording stay words; sorting and opening a
call are the only things it asks the server for.
"""
