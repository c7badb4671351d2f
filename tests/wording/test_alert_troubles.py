"""Why an alert was not sent, in the language of whoever reads: whatever the senders say."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from qa_pipeline.alerts import replies
from qa_pipeline.wording import languages
from qa_pipeline.wording.alert_troubles import alert_trouble
from tests.wording.texts import ROOT

SENDERS = ("alerts/replies.py", "outbox/webhooks.py", "outbox/mail.py", "outbox/addresses.py")
SAID_BY = ("Trouble", "NoAddress")


def said(node: ast.expr) -> str:
    """A sentence with 7 in each of its places."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


def sentences() -> Iterator[str]:
    """What is written out in the source where a message is not sent, and what numbers of receivers mean."""
    for name in SENDERS:
        for node in ast.walk(ast.parse((ROOT / "qa_pipeline" / name).read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in SAID_BY:
                continue
            [told] = node.args
            if isinstance(told, ast.Constant | ast.JoinedStr):
                yield f"no address: {said(told)}" if node.func.id == "NoAddress" else said(told)
    yield from (f"code {number}: {meaning}" for (_, number), (meaning, _, _) in replies._KNOWN.items())
    yield from ("code -1", "no answer within 0.3 s", "HTTP 503", "no address: there is no such channel any more")


@pytest.mark.parametrize("sentence", sorted(set(sentences())))
def test_every_reason_is_said_in_chinese(sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alert_trouble(sentence) == sentence
    monkeypatch.setattr(languages, "_ask", lambda: "zh")
    words = alert_trouble(sentence).replace("STARTTLS", "").replace("QA_PLAIN_HTTP_HOSTS", "")
    assert words != sentence
    assert any(char >= "\u4e00" for char in words.rpartition("：")[2]), "the reason itself, too"


def test_what_is_not_known_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "_ask", lambda: "zh")
    assert alert_trouble("its calls were erased {x}") == "its calls were erased {x}"
    assert alert_trouble("code 5: something new") == "返回码 5：something new"
    assert alert_trouble("") == ""
