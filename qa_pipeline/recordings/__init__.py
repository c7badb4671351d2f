"""What lies in the landing zone: which files are recordings, what is known of each call, and which can't be used.

Everything here is a function of the files it is given: no clock, no environment, no database. A recording that can't be
used becomes a quarantined `assessment.Call` with a reason and a sentence; it never stops the others.
"""
