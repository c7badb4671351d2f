"""The async client of the service: submit, query, list, cancel, upload, download; typed errors, retries, pace.

It knows the wire and nothing of the project: what a submit costs, whether it was sent before and what to do
with a result is decided by its callers.
"""
