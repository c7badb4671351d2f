"""Who spoke when, over whom, how fast and in what mood: the arithmetic of a conversation.

Pure: sentences in, turns and one row of metrics out. Every definition stands in docs/metrics.md with a worked example,
and its thresholds in `definitions.py`. How much was spoken in each language and emotion is counted in SQL; only
what depends on the order or the place of sentences is worked out here.
"""
