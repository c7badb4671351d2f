"""Why weights can't be had or used."""

from __future__ import annotations


class WeightsError(Exception):
    """Weights can't be fetched, placed or used; the message names the file, the reason and the fix."""


class UnknownWeights(WeightsError):
    """There are no weights of that name."""
