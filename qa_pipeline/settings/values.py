"""What single settings are read by: tables of thresholds, formats of times."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, InstanceOf, TypeAdapter, ValidationError
from pydantic_settings import NoDecode

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.recordings.moments import check_time_format

T = TypeVar("T")


def table_reader(kind: type[T]) -> Callable[[Any], T]:
    """What makes a `kind`, a dataclass of a pure room, of a table (or of a `kind`): `[metrics]` and `[acoustics]` of
    qa.toml, JSON objects in the environment. What the table leaves out keeps its default."""
    names = tuple(field.name for field in dataclasses.fields(kind))  # type: ignore[arg-type]
    adapter = TypeAdapter(kind)

    def read(value: Any) -> T:
        """Raises ValueError, naming the key, for anything else."""
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f'not a table of thresholds such as {{"{names[0]}": …}}')
        for key in value:
            if key not in names:
                raise ValueError(_no_such_key(str(key), names))
        for key, number in value.items():
            if isinstance(number, float) and not math.isfinite(number):
                raise ValueError(f"{key} is {number}; give a number")
        try:  # as JSON, where a list is a tuple and yet true is not a number
            return adapter.validate_json(json.dumps(dict(value), default=str), strict=True)
        except ValidationError as error:
            raise ValueError(_faults_of(error)) from None

    return read


def changed_from_default(table: Any) -> dict[str, Any]:
    """The thresholds of a dataclass that are not as shipped."""
    values = {field.name: (field.default, getattr(table, field.name)) for field in dataclasses.fields(table)}
    return {name: value for name, (default, value) in values.items() if value != default}


def _no_such_key(key: str, names: tuple[str, ...]) -> str:
    like = difflib.get_close_matches(key, names, n=1)
    hint = f"is {like[0]} meant?" if like else f"there are {', '.join(names)}"
    return f"it has no key {key!r}; {hint}"


def _faults_of(error: ValidationError) -> str:
    reasons = []
    for item in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in item["loc"])
        reason = item["msg"].removeprefix("Value error, ")
        reasons.append(f"{place} is {item['input']!r}: {reason}" if place else reason)
    return "; ".join(reasons)


AcousticTable = Annotated[InstanceOf[AcousticOptions], BeforeValidator(table_reader(AcousticOptions))]
MetricTable = Annotated[InstanceOf[MetricThresholds], BeforeValidator(table_reader(MetricThresholds))]

_read_redaction = table_reader(RedactionPolicy)


def _redaction(value: Any) -> RedactionPolicy:
    """A table, or just `on` or `off`; in the environment as JSON, or just that."""
    if value in ("on", "off"):
        return _read_redaction({"texts": value})
    try:
        table = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        table = None
    if not isinstance(table, Mapping | RedactionPolicy):
        raise ValueError('neither "on" nor "off", nor a table of kinds such as {"card": "last4"}')
    return _read_redaction(table)


RedactionTable = Annotated[InstanceOf[RedactionPolicy], NoDecode, BeforeValidator(_redaction)]


def _time_formats(value: Any) -> Any:
    """One format or several; in the environment, one."""
    formats = (value,) if isinstance(value, str) else value
    if not isinstance(formats, list | tuple) or not all(isinstance(item, str) for item in formats):
        raise ValueError("not a time format such as '%d/%m/%Y %H:%M', or a list of them")
    return tuple(check_time_format(item) for item in formats)


TimeFormats = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_time_formats)]
