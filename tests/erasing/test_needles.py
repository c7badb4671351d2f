"""What is looked for is found where it stands by itself, however it is written, and nowhere else."""

from __future__ import annotations

import pytest

from qa_pipeline.erasing.needles import needles_of

NEEDLES = needles_of(
    {"c0101-x": "erased-1", "10017": "erased-2", "17": "erased-3"},
    {"name": ["陈薇", "Zoë Quill"]},
    ['I lost my card, and it\'s "new"'],
)


@pytest.mark.parametrize(
    "text",
    [
        "c0101-x", "/calls/c0101-x.wav", "call c0101-x: ok", "c0101-x_agent.wav", '{"call_id": "10017"}', "17",
        "您好陈薇女士", r"{\"name\": \"\u9648\u8587\"}", "%E9%99%88%E8%96%87.wav", "Zoë Quill said", r"Zo\u00eb Quill",
        r'I lost my card, and it\'s "new"'.replace("\\'", "'"), r"I lost my card, and it's \"new\"",
    ],
)  # fmt: skip
def test_it_is_found(text: str) -> None:
    assert NEEDLES.in_text(text)


@pytest.mark.parametrize("text", ["c0101-x1", "ac0101-x", "100170", "0.10017", "10017.5 s", "1756 17", "Zoë Quilla"])
def test_it_is_not_found_in_something_else(text: str) -> None:
    assert NEEDLES.in_text(text) == []


@pytest.mark.parametrize("text", ["c0101-x", "17", "10017", "call c0101-x: ok", r"\u9648\u8587", "Zoë Quill said"])
def test_it_is_found_among_many_texts_as_in_each_of_them(text: str) -> None:
    others = ["c0101", "-x1", "1756 17", "1", "0.", "", "陈"]
    assert NEEDLES.in_texts(others) == set()
    assert NEEDLES.in_texts([*others, text, *others]) == set(NEEDLES.in_text(text)) != set()
    assert NEEDLES.in_texts([*others[:2], "x" * 2_000_000, *others]) == set()


def test_a_text_without_it_is_otherwise_the_same() -> None:
    assert NEEDLES.without("call c0101-x of 陈薇, not c0101-x1") == "call erased-1 of [erased], not c0101-x1"


OTHERS = needles_of({"c0101": "erased-1"}, {}, (), longer=["c0101-2", "c0101_2", "c0101.2", "x/c0101/é"])


@pytest.mark.parametrize(
    "text", ["c0101-2", "/calls/c0101_2.wav", "c0101.2: ok", r'{"of": "x/c0101/\u00e9"}', "call c0101-2, c0101_2"]
)
def test_it_is_not_found_where_it_is_part_of_another_id(text: str) -> None:
    assert OTHERS.in_text(text) == []
    assert OTHERS.without(text) == text


@pytest.mark.parametrize("text", ["c0101-2 c0101", "c0101-21", "c0101.wav", "c0101-3"])
def test_it_is_found_beside_another_id(text: str) -> None:
    assert OTHERS.in_text(text) == ["call id"]
    assert OTHERS.without(text) == text.replace("c0101", "erased-1") if "-2 " not in text else "c0101-2 erased-1"
