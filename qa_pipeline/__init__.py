"""Call-center QA analytics: recordings in, transcripts, languages and emotions out."""

__version__ = "0.1.0"
