"""What changed against the period before, and what can't be told. Pure.

Two means or shares differ only where their 95% intervals lie apart. That asks for more than a test at 5% would: where
intervals overlap a little, "no change that can be told" is said of a change that a larger number may show.
"""

from __future__ import annotations

import math

from dashboards.figures import Mean
from qa_pipeline.wording.figures import difference, share
from qa_pipeline.wording.languages import t

_Z = 1.959964


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """The 95% interval of a share of `part` in `whole` (Wilson, 1927); None without anything."""
    if not whole:
        return None
    share_of, square = part / whole, _Z**2
    middle = (share_of + square / (2 * whole)) / (1 + square / whole)
    half = _Z * math.sqrt(share_of * (1 - share_of) / whole + square / (4 * whole**2)) / (1 + square / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def change_of_count(now: float, earlier: float, shown: str) -> str:
    """A number against that of the period before, which reads `shown`: a plain difference, nothing is estimated."""
    if not earlier:
        return t("none before") if now else ""
    by = (now - earlier) / earlier
    if not by:
        return t("as before: {earlier}", earlier=shown)
    percent = f"{'+' if by > 0 else '−'}{abs(by):.0%}"
    return t("{percent} against {earlier} before", percent=percent, earlier=shown)


def change_of_share(part: int, whole: int, earlier_part: int, earlier_whole: int) -> str:
    """A share of calls against that of the period before, by their intervals."""
    now, earlier = wilson(part, whole), wilson(earlier_part, earlier_whole)
    if now is None or earlier is None:
        return ""
    was = t("{share} of {n} before", share=share(earlier_part, earlier_whole), n=f"{earlier_whole:,}")
    if _overlap(now, earlier):
        return t("no change that can be told ({before})", before=was)
    points = (part / whole - earlier_part / earlier_whole) * 100
    by = f"{'+' if points > 0 else '−'}{abs(points):.1f}"
    return t("{by} points ({before})", by=by, before=was)


def change_of_mean(column: str, now: Mean | None, earlier: Mean | None) -> str:
    """A metric's mean against that of the period before; `column` is the metric's."""
    if now is None:
        return ""
    if earlier is None:
        return t("no call before has it")
    if now.unit != earlier.unit:
        return t("measured in another unit before")
    was = t("{mean} in {n} calls before", mean=earlier.shown(column), n=f"{earlier.n:,}")
    if now.ci_low is None or now.ci_high is None or earlier.ci_low is None or earlier.ci_high is None:
        return t("too few calls to tell a change ({before})", before=was)
    if _overlap((now.ci_low, now.ci_high), (earlier.ci_low, earlier.ci_high)):
        return t("no change that can be told ({before})", before=was)
    return t("{by} ({before})", by=difference(column, now.mean - earlier.mean, now.unit), before=was)


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
