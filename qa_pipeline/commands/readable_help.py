"""Help in which an option that takes no value names no type: `--yes`, and not `--yes <bool>`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

Parameters = TypeVar("Parameters", bound=Sequence[Any])


def make_readable(app: typer.Typer) -> None:
    """Has all commands of an app show their flags so, and those of the groups in it."""
    app.info.cls = _ReadableGroup
    for command in app.registered_commands:
        command.cls = _ReadableCommand
    for group in app.registered_groups:
        if group.typer_instance is not None:
            make_readable(group.typer_instance)


class _ReadableCommand(TyperCommand):
    """A command whose flags stand alone."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters, flags without a type."""
        return _without_types(super().get_params(ctx))


class _ReadableGroup(TyperGroup):
    """A group of commands whose flags stand alone."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters, flags without a type."""
        return _without_types(super().get_params(ctx))


def _without_types(parameters: Parameters) -> Parameters:
    for each in parameters:
        if isinstance(each, TyperOption) and each.is_flag and each.metavar is None:
            each.metavar = ""
    return parameters
