"""docs/metrics.md defines every column and threshold, and what it draws is what is computed."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from qa_pipeline.conversation.analysis import Conversation, analyse_call
from qa_pipeline.conversation.catalogue import CATALOGUE, SECTIONS, markdown_table
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.metrics import COLUMNS
from qa_pipeline.conversation.phrase_lists import AGENT_PHRASES, ANY, BACKCHANNELS
from qa_pipeline.conversation.scripts import count_characters, count_words
from qa_pipeline.conversation.sentences import SpokenSentence
from tests.docs.markdown import anchors, fences, page, prose, sections, table

PAGE = page("docs/metrics.md")
THRESHOLDS = {field.name: field.default for field in dataclasses.fields(MetricThresholds)}
LABEL = 15
"""Columns of a picture before the recording's first line."""
CHANNEL = {"agent": 0, "customer": 1}


@dataclass(frozen=True)
class Example:
    """One picture, and the tables between it and the next."""

    section: str
    place: int
    options: dict[str, str]
    lines: tuple[str, ...]
    tables: tuple[list[dict[str, str]], ...]

    @property
    def name(self) -> str:
        return f"{self.section.split(',')[0].lower()} {self.place}"

    def table(self, *headings: str) -> list[dict[str, str]]:
        return [row for rows in self.tables for row in rows if tuple(row) == headings]


def examples() -> list[Example]:
    found = []
    for section, text in sections(PAGE).items():
        parts = re.split(r"^```text (timeline=[^\n]*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
        for place, (info, picture, after) in enumerate(zip(parts[1::3], parts[2::3], parts[3::3], strict=True)):
            options = dict(word.split("=") for word in info.split())
            found.append(Example(section, place, options, tuple(picture.splitlines()), tuple(rows_of(after))))
    return found


def rows_of(text: str) -> list[list[dict[str, str]]]:
    tables = []
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        headings, _, *rows = [
            [cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in block.splitlines()
        ]
        tables.append([dict(zip(headings, row, strict=True)) for row in rows])
    return tables


EXAMPLES = examples()


def spoken(example: Example, step_ms: int) -> list[SpokenSentence]:
    """The sentences a picture draws: a bracket pair each, inside it the text, or what `shows` says."""
    described = {row["sentence"]: row for row in example.table("sentence", "language", "text", "units")}
    sentences = []
    for role, line in ((line.split()[0], line) for line in example.lines if line.startswith(("agent ", "customer "))):
        for match in re.finditer(r"\[([^\]]*)\]", line):
            inside = match[1].strip("= ")
            fields: dict[str, Any] = {
                "text": inside,
                "language": example.options.get("language"),
                "emotion": None,
            }
            if example.options.get("shows") == "confidences":
                fields["word_confidences"] = [float(word) for word in inside.split()]
            elif example.options.get("shows") == "label":
                fields |= {name: described[inside][name] for name in ("language", "text")}
            elif "shows" in example.options:
                fields[example.options["shows"]] = inside or None
            begin_ms, end_ms = ((place - LABEL - 1) * step_ms for place in match.span())
            sentences.append(SpokenSentence(role, CHANNEL[role], len(sentences), begin_ms, end_ms, **fields))
    return sentences


def compute(example: Example) -> Conversation:
    step_ms = int(example.options["timeline"])
    [recording] = [line for line in example.lines if line.startswith("recording")]
    sounds = {
        role: [((m.start() - LABEL - 1) * step_ms, (m.end() - LABEL - 1) * step_ms) for m in re.finditer("~+", line)]
        for line in example.lines
        for role in CHANNEL
        if line.startswith(f"{role} sound")
    }
    speech: Any = sounds or None
    length = recording.count("-") + recording.count(".")
    unrecorded = [
        ((m.start() - LABEL - 1) * step_ms, (m.end() - LABEL - 1) * step_ms) for m in re.finditer(r"\.+", recording)
    ]
    sentences = [
        sentence._replace(segment=sum(end <= (sentence.begin_ms or 0) for _, end in unrecorded))
        for sentence in spoken(example, step_ms)
    ]
    return analyse_call(sentences, length * step_ms / 1000, speech=speech, unrecorded=unrecorded)


def agrees(computed: Any, written: str) -> bool:
    """Whether a value is the written one, to the digits that are written."""
    expected = json.loads(written)
    if isinstance(expected, bool | str | None):
        return bool(computed == expected and type(computed) is type(expected))
    digits = len(written.partition(".")[2])
    return computed is not None and abs(computed - expected) <= 0.5 * 10**-digits * (digits > 0) + 1e-9


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_what_is_drawn_is_what_is_computed(example: Example) -> None:
    row = compute(example).metrics.row()
    claims = example.table("column", "value", "because")
    assert claims
    assert [
        f"{claim['column']}: {row[claim['column']]}"
        for claim in claims
        if not agrees(row[claim["column"]], claim["value"])
    ] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_picture_is_drawn_to_scale(example: Example) -> None:
    step_ms = int(example.options["timeline"])
    [seconds] = [line for line in example.lines if line.startswith("seconds")]
    ticks = [(int(match[0]), match.start() - LABEL - 1) for match in re.finditer(r"\d+", seconds)]
    assert len(ticks) >= 3
    assert all(column * step_ms == 1000 * second for second, column in ticks)
    [recording] = [line for line in example.lines if line.startswith("recording")]
    assert re.fullmatch(r"recording +\|[-.]+\|", recording)
    assert recording.index("|") == LABEL
    assert max(len(line) for line in example.lines) <= len(recording) + 1


def test_the_turns_of_the_picture_are_those_of_its_table() -> None:
    [example] = [example for example in EXAMPLES if example.section == "Turns and back-channels"]
    headings = ("turn_id", "role", "begin_ms", "end_ms", "gap_ms", "overlap_ms", "is_backchannel")
    rows = [{name: value if name == "role" else json.loads(value) for name, value in row.items()}
            for row in example.table(*headings)]  # fmt: skip
    assert rows == [{name: getattr(turn, name) for name in headings} for turn in compute(example).turns]


def test_the_units_of_the_sentences_are_counted_so() -> None:
    rows = table(PAGE, "sentence", "language", "text", "units")
    counts = [count_words(row["text"]) if row["language"] == "en" else count_characters(row["text"]) for row in rows]
    assert counts == [int(row["units"]) for row in rows]


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_has_the_table_of_the_catalogue(section: str) -> None:
    assert f"\n{markdown_table(section)}\n" in sections(PAGE)[section]


def test_each_metric_leads_to_its_section_of_the_page() -> None:
    assert {entry.link for entry in CATALOGUE.values()} <= {f"docs/metrics.md#{anchor}" for anchor in anchors(PAGE)}


def test_every_column_but_the_version_has_a_worked_example() -> None:
    worked = {claim["column"] for example in EXAMPLES for claim in example.table("column", "value", "because")}
    assert set(COLUMNS) - worked == {"definition_version", "thresholds"}


def test_every_threshold_is_listed_with_its_default_and_used_on_the_page() -> None:
    rows = table(PAGE, "threshold", "default", "meaning")
    listed = {row["threshold"]: row["default"] for row in rows}
    assert listed == {name: str(default) if default != () else "empty" for name, default in THRESHOLDS.items()}
    assert all(row["meaning"] for row in rows)
    text = prose(PAGE).partition("## Thresholds and versions")[0]
    unexplained = {name for name in THRESHOLDS if f"`{name}`" not in text and not name.startswith("valence_")}
    assert unexplained == set()


def test_the_languages_of_the_lists_are_those_of_the_page() -> None:
    listed = [re.findall(r"`(\w+)`", line) for line in prose(PAGE).splitlines() if line.startswith("`en`, ")]
    assert listed == [[code for code in BACKCHANNELS if code != ANY], list(AGENT_PHRASES)]


def test_the_page_draws_a_picture_in_every_section_that_defines_a_metric() -> None:
    drawn = {example.section for example in EXAMPLES}
    defining = {name for name, text in sections(PAGE).items() if "| column | unit | formula | null |" in text}
    assert defining - drawn == {"Thresholds and versions"}
    assert len([fence for fence in fences(PAGE) if fence.language == "text"]) == len(EXAMPLES)
