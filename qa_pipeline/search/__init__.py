"""Searching in what was said: how texts are folded, what a query means, and where its words are.

Pure: the pipeline folds texts with it when it publishes, pages fold queries with it, so that both agree.
"""
