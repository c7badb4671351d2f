"""Why the store of evaluations refuses something, in the language of whoever reads."""

from __future__ import annotations

import ast

import pytest

from qa_pipeline.wording import languages
from qa_pipeline.wording.review_faults import review_fault
from tests.wording.texts import ROOT

SAID_BY = ("NotAllowed", "WrongState", "BadReview", "NotFound")
OTHERS = ("there is no evaluation e1", "you may not see this evaluation", "your role does not include evaluations")
NOT_BY_A_PAGE = "nobody starts an evaluation of the type"


def sentences() -> set[str]:
    """What is said where an evaluation is begun, with a word in each place."""
    tree = ast.parse((ROOT / "qa_pipeline" / "reviews" / "starting.py").read_text("utf-8"))
    found = set(OTHERS)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID_BY:
            [told] = node.args
            parts = told.values if isinstance(told, ast.JoinedStr) else [told]
            found.add("".join(str(part.value) if isinstance(part, ast.Constant) else "done" for part in parts))
    return {each for each in found if not each.startswith(NOT_BY_A_PAGE)}


@pytest.mark.parametrize("sentence", sorted(sentences()))
def test_why_an_evaluation_is_not_begun_is_said_in_chinese(sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert review_fault(sentence) == sentence
    monkeypatch.setattr(languages, "_ask", lambda: "zh")
    assert review_fault(sentence).isascii() is False
