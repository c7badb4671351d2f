"""A board: cards of figures on a page, drawn by one small component instead of a chart library.

Why: twelve charts of a general library and the cells beside them took a browser 12 to 16 seconds on a year of calls.
`figures` says what a board shows, `axes` where an axis begins and ends, `drawing` puts it on the page.
"""
