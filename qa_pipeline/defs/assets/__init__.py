"""Thin Dagster glue, one module per step, in the order of the data: load, one pure function, one transaction."""

import warnings

import dagster as dg

# Backfill policies are marked beta in this Dagster line; the version is pinned, so the notice helps nobody.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
