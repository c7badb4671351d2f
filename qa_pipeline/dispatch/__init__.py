"""Carries planned units to their result: gives the audio an address, submits, polls, fetches, reconciles.

The only room that knows both the ledger and the service's client. It decides nothing about money that the ledger
has not committed first.
"""
