"""Transcripts that somebody else made: WebVTT, vCon and result files, read into the product's own shape.

Their labels are taken as far as they are known here (a language outside the 27 becomes None); their facts are not
guessed: an invalid time, or an unknown speaker, is refused with `BadResult`, which names the place.
"""
