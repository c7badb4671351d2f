"""Means of metrics, as the pages show them side by side."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.wording.figures import figure, interval


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean of a metric over n calls, its 95% interval (None below 2), its `unit` where the metric has several."""

    n: int
    mean: float
    ci_low: float | None
    ci_high: float | None
    unit: str | None = None

    def shown(self, column: str) -> str:
        """The mean with its unit; `column` is the metric's."""
        return figure(column, float(self.mean), self.unit)

    def interval(self, column: str) -> str:
        """The interval in brackets, empty without one."""
        text = interval(column, self.ci_low, self.ci_high)
        return f"({text})" if text else ""
