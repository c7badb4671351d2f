"""Draws samples by the plans of the project: reads the calls, keeps what was drawn, and assigns it to evaluators."""
