"""Lost answers, and a task list that tells late, by another clock, under other names, or nothing at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.dashscope.scripted_service import Answer
from tests.wire.service import EMPTY_LIST, GATEWAY_503, HANG_UP, Strike, edited, error, html
from tests.wire.shape import Shape

LOST = Strike("submit", GATEWAY_503, of="bank", channel=0)
"""The work was taken, and its answer is lost."""

DROPPED = Strike("submit", HANG_UP, of="bank", channel=0, nth=(1,), takes=False)
FIRST_DROPPED = Strike("submit", HANG_UP, nth=(1,), takes=False)
"""The connection ends, and nothing was taken; of the first submit, so that others are sent later."""

ONE_BY_ONE = {"requests_per_minute": 1200.0, "submit_burst": 1}
"""So that what arrives first was also sent first."""

IN_DOUBT = {"bank/0": "unknown"}


def _undated(truth: Answer) -> Answer:
    return replace(truth, headers={**truth.headers, "date": ""})


def _over_https(document: Any) -> None:
    document["file_url"] = document["file_url"].replace("oss://", "https://dashscope.oss-cn-beijing.aliyuncs.com/")


def _named(url: str | None) -> Any:
    return edited(lambda document: {**document, "file_url": url})


def _without_bank(document: Any) -> Any:
    kept = document["data"][1:]
    return {**document, "total": len(kept), "total_page": 1, "data": kept}


SHAPES = (
    *(
        Shape(f"lost answer, the service's clock is {minutes} min from ours", (LOST,), clock_offset_s=60.0 * minutes)
        for minutes in (-45, -10, 10, 45)
    ),
    *(
        Shape(
            f"lost answer, the service's clock is {minutes} min from ours, and no reply says so",
            (LOST, *(Strike(on, _undated) for on in ("policy", "submit", "query", "list"))),
            clock_offset_s=60.0 * minutes,
        )
        for minutes in (-10, 10)
    ),
    *(
        Shape(
            f"lost answer, the list is empty at {looks} looks",
            (LOST, Strike("list", EMPTY_LIST, nth=tuple(range(1, looks + 1)))),
        )
        for looks in (1, 2)
    ),
    Shape(
        "lost answer, the list stays empty",
        (LOST, Strike("list", EMPTY_LIST)),
        ends=IN_DOUBT,
        says="NOT_RECONCILED: .*neither is anything that was sent later",
    ),
    Shape(
        "nothing was taken, and what was sent later is on the list",
        (FIRST_DROPPED,),
        settings=ONE_BY_ONE,
        submits=7,
    ),
    *(
        Shape(f"lost answer, the result names {what}", (LOST, Strike("result", _named(url), of="bank")), ends=ends)
        for what, url, ends in (
            ("another file", "https://internal.example/7f3a.wav", IN_DOUBT),
            ("no file", None, IN_DOUBT),
            ("an empty name", "", IN_DOUBT),
        )
    ),
    Shape(
        "lost answer, the result names the file over https",
        (LOST, Strike("result", edited(_over_https))),
        settings={"audio_urls": "upload"},
    ),
    Shape("lost answer, the list answers 400", (LOST, Strike("list", error(400, "InvalidParameter"))), ends=IN_DOUBT),
    Shape("lost answer, the list answers with a page", (LOST, Strike("list", html(200))), ends=IN_DOUBT),
    Shape("lost answer, the list lacks rows", (LOST, Strike("list", edited(_without_bank), nth=(1,)))),
    Shape(
        "lost answer, the result is no result",
        (LOST, Strike("result", Answer(body=b"<html>"), of="bank", channel=0)),
        ends=IN_DOUBT,
        says="can't be read",
    ),
    Shape(
        "lost answer, and a program of the same account transcribes as well",
        (LOST,),
        before=lambda service: service.add_task("qwen3-asr-flash-filetrans", "https://o.example/minutes.wav", (0,)),
    ),
    Shape(
        "nothing was taken, and a program of the same account transcribes as well",
        (DROPPED,),
        ends=IN_DOUBT,
        then=IN_DOUBT,
        says="names a file that is not one of ours",
        before=lambda service: service.add_task("qwen3-asr-flash-filetrans", "https://o.example/minutes.wav", (0,)),
    ),
    Shape(
        "nothing was taken, and a program of the same account transcribes other channels and models",
        (FIRST_DROPPED,),
        settings=ONE_BY_ONE,
        submits=7,
        before=lambda service: [
            service.add_task("qwen3-asr-flash-filetrans", "https://o.example/minutes.wav", (2,)),
            service.add_task("fun-asr", "https://o.example/minutes.wav", (0,)),
            service.add_task("qwen3-asr-flash-filetrans", "https://o.example/old.wav", (0,), ago_s=3600.0),
        ],
    ),
)
