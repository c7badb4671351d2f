"""Tells the two voices of one channel apart, for recordings that have both parties on it.

Sound and a network in, stretches of time by voice out, with how far apart the voices are and whether to rely on it. Who
of them is the agent is told by what they say, and a transcript is divided between them by its times.
"""
