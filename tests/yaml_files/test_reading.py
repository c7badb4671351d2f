"""What is wrong in a file of YAML is said with file and line, all of it at once."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict

from qa_pipeline.yaml_files.reading import BadFile, read_model


class Shelf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    shelf: str
    books: list[dict[str, int]] = []


def faults(text: str) -> list[str]:
    with pytest.raises(BadFile) as caught:
        read_model(text, "shelf.yaml", Shelf, what="a shelf", begins_with="a shelf begins with shelf:.")
    return caught.value.faults


def test_a_file_is_read_by_its_model() -> None:
    read = read_model("shelf: no\nbooks: [{a: 1}]", "x", Shelf, what="a shelf", begins_with="")
    assert read.value == Shelf(shelf="no", books=[{"a": 1}])


def test_faults_have_lines_and_are_in_their_order() -> None:
    assert faults("shelf: 3\nbooks:\n  - a: many\nlamp: 1") == [
        "shelf.yaml, line 1: shelf: write it in quotes, as a text.",
        "shelf.yaml, line 3: a: input should be a valid integer, unable to parse string as an integer.",
        "shelf.yaml, line 4: lamp: there is no such key.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shelf: a\nshelf: b", "line 2: found duplicate key"),
        ("shelf: [", "line 1"),
        ("", "a shelf begins with shelf:."),
        ("- a", "a shelf begins with shelf:."),
    ],
)
def test_what_is_not_such_a_file_is_said_too(text: str, said: str) -> None:
    [fault] = faults(text)
    assert said in fault


def test_what_does_not_fit_together_has_its_line() -> None:
    with pytest.raises(BadFile, match=r"x, line 3: it is heavy\.") as caught:
        read_model(
            "shelf: a\nbooks:\n  - a: 1",
            "x",
            Shelf,
            what="a shelf",
            begins_with="",
            references=lambda _: [(("books", 0, "a"), "it is heavy")],
        )
    assert len(caught.value.faults) == 1
