"""Help in which an option that takes no value names no type: `--yes`, and not `--yes <bool>`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from typer.core import TyperCommand, TyperGroup, TyperOption

Parameters = TypeVar("Parameters", bound=Sequence[Any])


class ReadableCommand(TyperCommand):
    """A command whose flags stand alone."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters, flags without a type."""
        return _without_types(super().get_params(ctx))


class ReadableGroup(TyperGroup):
    """A group of commands whose flags stand alone."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters, flags without a type."""
        return _without_types(super().get_params(ctx))


def _without_types(parameters: Parameters) -> Parameters:
    for each in parameters:
        if isinstance(each, TyperOption) and each.is_flag and each.metavar is None:
            each.metavar = ""
    return parameters
