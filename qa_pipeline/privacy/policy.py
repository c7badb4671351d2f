"""What becomes of each kind of personal value: the setting `redaction`."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal[
    "card", "phone", "email", "iban", "id_number", "account", "ip", "date_of_birth", "name", "digits", "order_number"
]

Policy = Literal["mask", "last4", "keep"]
"""A placeholder instead of the value; one with its last four digits; the value itself."""

NumberPolicy = Policy
TextPolicy = Literal["mask", "keep"]
"""Of values that have no last four digits."""

DETECTOR = 3
"""Version of what is found. A higher one says that days which were read before may hold what is found now."""

LEAST_FOR_LAST4 = 8
"""Digits that a number must have for its last four to be shown: of fewer, four say too much."""


@dataclass(frozen=True)
class RedactionPolicy:
    """The setting `redaction`: whether texts are redacted, and what becomes of each kind.

    `known` names further keys of metadata whose values are masked wherever they are said.
    """

    texts: Literal["on", "off"] = "on"
    card: NumberPolicy = "mask"
    phone: NumberPolicy = "mask"
    email: TextPolicy = "mask"
    iban: NumberPolicy = "mask"
    id_number: NumberPolicy = "mask"
    account: NumberPolicy = "mask"
    ip: TextPolicy = "mask"
    date_of_birth: TextPolicy = "mask"
    name: TextPolicy = "mask"
    agent_name: TextPolicy = "keep"
    digits: NumberPolicy = "mask"
    order_number: NumberPolicy = "keep"
    known: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(key.strip() for key in self.known):
            raise ValueError("known has an empty key; name keys of metadata, or leave known out")

    @property
    def is_on(self) -> bool:
        """Whether anything is looked for."""
        return self.texts == "on"

    def of(self, kind: Kind) -> Policy:
        """What becomes of a kind."""
        policy: Policy = getattr(self, kind)
        return policy

    @cached_property
    def version(self) -> str:
        """Of the detector and of these choices: texts made by another version may differ."""
        said = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return f"{DETECTOR}-{hashlib.sha256(said.encode()).hexdigest()[:12]}" if self.is_on else "off"
