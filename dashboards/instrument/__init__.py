"""The call as one instrument: outline, speakers, emotions, findings and words around one sound, in one component.

The server says what the call holds; everything that moves happens in the browser, so a click never runs the page.
"""
