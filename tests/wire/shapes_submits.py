"""Answers to a submit, and answers to a submit that never came."""

from __future__ import annotations

from tests.wire.service import HANG_UP, Strike, cut_short, error
from tests.wire.shape import Shape

SHAPES = (
    Shape("nothing goes wrong"),
    Shape("the connection ends after the work was taken", (Strike("submit", HANG_UP),)),
    Shape("the answer ends in the middle", (Strike("submit", cut_short, of="bank"),)),
    Shape("500 InternalError after the work was taken", (Strike("submit", error(500, "InternalError"), of="bank"),)),
    Shape(
        "a 503 of the service itself took nothing",
        (Strike("submit", error(503, "ServiceUnavailable"), nth=(2, 3), takes=False),),
        submits=8,
    ),
)
