"""Answers to a submit, and answers to a submit that never came."""

from __future__ import annotations

from tests.dashscope.scripted_service import Answer
from tests.wire.service import GATEWAY_503, HANG_UP, Strike, cut_short, error, html, text
from tests.wire.shape import Shape

TAKEN = {
    "the connection ends": HANG_UP,
    "the answer ends in the middle": cut_short,
    "a gateway answers 503 upstream connect error": GATEWAY_503,
    "a gateway answers 503 with a page": html(503),
    "a gateway answers 503 with nothing": Answer(status=503),
    "a gateway answers 503 with JSON of its own": Answer({"code": "503", "message": "upstream"}, 503),
    "a gateway answers 502 Bad Gateway": html(502),
    "a gateway answers 504": text(504, "upstream request timeout"),
    "an edge answers 520": html(520),
    "the service answers 500 InternalError": error(500, "InternalError"),
    "the service answers 503 InternalError.Timeout": error(503, "InternalError.Timeout"),
    "the service answers 408": error(408, "RequestTimeOut"),
    "a filter answers 403 in its place": html(403, "<html>Response blocked by policy</html>"),
    "a firewall answers 405 in its place": html(405),
    "a limiter answers 429 without a code": text(429, "local_rate_limited"),
    "a portal answers 200 with a page": html(200, "<html>welcome</html>"),
    "the answer is empty": Answer(),
    "the answer names no task": Answer({"request_id": "r", "output": {}}),
    "the answer has a code under 200": Answer({"request_id": "r", "code": "Throttling", "message": "slow"}),
}
"""What may come back although the work was taken: once, about one recording, whose tasks are then looked for."""

CALLS = (
    "the connection ends",
    "a gateway answers 503 upstream connect error",
    "the service answers 500 InternalError",
    "a portal answers 200 with a page",
)
"""Those of `TAKEN` that calls of a model that answers at once are tried with as well."""

SHAPES = (
    Shape("nothing goes wrong"),
    Shape("nothing goes wrong with uploads", settings={"audio_urls": "upload"}),
    *(Shape(f"taken, then {what}", (Strike("submit", reply, of="bank"),)) for what, reply in TAKEN.items()),
    Shape("taken, then every answer is lost", (Strike("submit", GATEWAY_503),)),
    Shape(
        "taken, then a filter answers every submit",
        (Strike("submit", html(403)),),
        stops="something else than the service answers what is sent: .*check DASHSCOPE_HTTP_BASE_URL",
    ),
    Shape(
        "a filter answers every submit, and nothing was taken",
        (Strike("submit", html(403), takes=False),),
        ends={"*": "unknown"},
        then={"*": "unknown"},
        stops="something else than the service answers what is sent",
        says="neither is anything that was sent later",
    ),
    *(
        Shape(
            f"a call is answered, then {what}",
            (Strike("generation", reply),),
            ends={"*": "unknown"},
            then={"*": "unknown"},
            says="ANSWER_LOST: It may have been answered and billed",
            model="qwen3-asr-flash",
        )
        for what, reply in TAKEN.items()
        if what in CALLS
    ),
    Shape(
        "a call finds the service busy",
        (Strike("generation", error(503, "ServiceUnavailable"), nth=(1, 2), takes=False),),
        submits=8,
        model="qwen3-asr-flash",
    ),
    Shape(
        "a 503 of the service itself took nothing",
        (Strike("submit", error(503, "ServiceUnavailable"), nth=(2, 3), takes=False),),
        submits=8,
    ),
    Shape(
        "a proxy wants a login of its own",
        (Strike("submit", html(407), takes=False),),
        ends={"*": "planned"},
        stops="check DASHSCOPE_HTTP_BASE_URL and any proxy",
        submits=None,
    ),
)
