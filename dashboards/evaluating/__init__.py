"""Evaluating a call: the form beside sound and transcript, what it saves, and how an evaluation begins."""
