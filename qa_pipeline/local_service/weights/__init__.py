"""Weights of speech models that run on this machine: what they are, where they are published, how they get here.

They are too large and under licences of their own, so they are not part of the package. `pull` brings them into a
folder, from the places they are published at or from a folder that somebody carried here; nothing is ever used
whose sha256 is not the expected one.
"""
