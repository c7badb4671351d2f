"""Queries and results: what comes in place of a paid answer, and answers with odd values in them."""

from __future__ import annotations

import json
from typing import Any

from tests.dashscope.scripted_service import Answer
from tests.wire.service import Change, Strike, edited, html, text
from tests.wire.shape import Shape

OSS_ERROR = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>{}</Message></Error>"


def query(**output: Any) -> Change:
    """The query's answer with these in its `output`."""
    return edited(lambda document: {**document, "output": {**document["output"], **output}})


def first_sentence(**values: Any) -> Change:
    """A result whose first sentence has other values."""

    def change(document: Any) -> None:
        document["transcripts"][0]["sentences"][0].update(values)

    return edited(change)


def half(truth: Answer) -> Answer:
    """Half a document that is delivered as a whole one."""
    return Answer(body=json.dumps(truth.document).encode()[:120])


def under_results(document: Any) -> None:
    """Both names of the result, the first of them empty."""
    document["output"]["results"], document["output"]["result"] = [document["output"]["result"]], {}


NO_RESULTS = {
    "gone": text(404, OSS_ERROR.format("NoSuchKey", "The specified key does not exist."), "application/xml"),
    "expired": text(403, OSS_ERROR.format("AccessDenied", "Request has expired."), "application/xml"),
    "refused": text(403, OSS_ERROR.format("SignatureDoesNotMatch", "check your key"), "application/xml"),
    "a login page": html(200, "<html>Sign in</html>"),
    "nothing": Answer(),
    "an error under 200": text(200, OSS_ERROR.format("InternalError", "later"), "application/xml"),
    "half a result": half,
    "an error of the service": Answer({"code": "InternalError", "message": "later"}),
}
"""What may come in place of a result: of the service's storage, or of something before it."""

ODD_RESULTS = {
    "a text is null": first_sentence(text=None),
    "an end is missing": first_sentence(end_time=None),
    "a sentence begins before the recording": first_sentence(begin_time=-10),
    "a sentence ends after the recording": first_sentence(end_time=90_000),
    "times are text": first_sentence(begin_time="0", end_time="900"),
    "an emotion is calm": first_sentence(emotion="calm"),
    "a language is Dutch": first_sentence(language="nl"),
    "a language has its country": first_sentence(language="zh-CN"),
    "a language is in capitals": first_sentence(language="EN"),
    "a language is a list": first_sentence(language=["zh"]),
    "words have no times": first_sentence(words=[{"text": "好"}]),
    "a channel is text": edited(lambda document: document["transcripts"][0].update(channel_id="0")),
    "a channel is missing": edited(lambda document: document["transcripts"][0].update(channel_id=None)),
    "a transcript is no list": edited(lambda document: document.update(transcripts=document["transcripts"][0])),
}

SHAPES = (
    *(
        Shape(f"the result comes second, first {what}", (Strike("result", reply, of="bank", channel=0, nth=(1,)),))
        for what, reply in NO_RESULTS.items()
    ),
    *(
        Shape(
            f"the result does not come in one run: {what}",
            (Strike("result", reply, of="bank"),),
            ends={"bank": "succeeded"},
            says="each run asks again until",
        )
        for what, reply in NO_RESULTS.items()
    ),
    *(
        Shape(f"a result in which {what}", (Strike("result", reply, of="bank", channel=0),))
        for what, reply in ODD_RESULTS.items()
    ),
    Shape("the result is under results, beside an empty one", (Strike("query", edited(under_results)),)),
    Shape(
        "a task is denied right after it was sent",
        (Strike("query", query(task_status="UNKNOWN"), of="bank", channel=1, nth=(1, 2, 3)),),
    ),
    Shape(
        "a task is denied for a whole run",
        (Strike("query", query(task_status="UNKNOWN"), of="bank", channel=1),),
        ends={"bank/1": "submitted"},
        says="TASK_UNKNOWN: the service does not know this task; each run asks again until",
    ),
    Shape(
        "silence is called an error in the message only",
        (Strike("task", of="bank", fails=("InternalError.Algo", "ASR_RESPONSE_HAVE_NO_WORDS")),),
    ),
    Shape(
        "a failed task says why beside its output",
        (
            Strike("task", of="bank", fails=("", "")),
            Strike(
                "query",
                of="bank",
                reply=edited(lambda document: document.update(code="DECODE_ERROR", message="no sound")),
            ),
        ),
        ends={"bank": "failed"},
        then={"bank": "failed"},
        says="DECODE_ERROR: no sound",
    ),
)
