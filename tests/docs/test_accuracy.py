"""What docs/accuracy.md says of counting is what the code counts."""

from __future__ import annotations

import re

from qa_pipeline.accuracy.comparison import FEWEST_CALLS, RESAMPLES
from qa_pipeline.accuracy.figures import Group, figures, total
from qa_pipeline.accuracy.normalization import UNSEGMENTED_LANGUAGES, shown, words
from qa_pipeline.accuracy.pairing import measured, pair
from qa_pipeline.accuracy.references import ENDINGS, read_reference
from qa_pipeline.accuracy.transcripts import ChannelText
from qa_pipeline.commands.accuracy.report import _percent
from tests.docs.markdown import fences, page, prose, table

PAGE = page("docs/accuracy.md")
TEXT = " ".join(prose(PAGE).split())


def example(name: str) -> list[ChannelText]:
    """The channels of a file that the page shows; both files are of the call c1."""
    [found] = [fence for fence in fences(PAGE) if fence.file_name == name]
    return read_reference("c1.txt", found.body.encode())


def test_the_worked_example_has_the_figures_of_the_page() -> None:
    pairs = pair(example("c1.txt"), example("c1.heard.txt")).pairs
    found = figures([measured(item) for item in pairs])
    [printed] = [fence.body for fence in fences(PAGE) if "error rate" in fence.body]
    header, *rows = [line.split() for line in printed.splitlines()]
    assert header == ["of", "in", "calls", "reference", "sub", "del", "ins", "error", "rate"]
    assert len(rows) == 2
    for name, measure, calls, *figures_shown in rows:
        counts = total(found[Group(name), measure])  # type: ignore[arg-type]
        assert calls == "1"
        assert figures_shown == [
            str(counts.reference), str(counts.substituted), str(counts.deleted), str(counts.inserted),
            _percent(counts.rate),
        ]  # fmt: skip
    assert "4 ÷ 13 = 30.77%" in TEXT


def test_every_row_of_the_forms_is_what_the_code_compares() -> None:
    rows = table(PAGE, "written", "compared as")
    assert len(rows) > 5
    for row in rows:
        written, expected = row["written"].strip("`"), row["compared as"].strip("`")
        assert " ".join(unit.text for unit in words(shown(written))) == expected


def test_what_is_said_to_differ_differs() -> None:
    pairs = re.findall(r"`([^`]+)` and `([^`]+)`", TEXT.split("needs knowledge of a language:")[1].split(" differ.")[0])
    assert [one for one, _ in pairs] == ["3", "二十", "colour"]
    for one, other in pairs:
        assert words(shown(one)) != words(shown(other))


def test_the_languages_without_words_are_all_named() -> None:
    first = table(PAGE, "language", "measured in")[0]["language"]
    assert set(re.findall(r"`(\w+)`", first)) == UNSEGMENTED_LANGUAGES


def test_numbers_and_endings_of_the_page_are_the_code_s() -> None:
    assert f"{RESAMPLES:,} times" in TEXT
    assert re.search(rf"`too few calls`\D+{FEWEST_CALLS}\b", TEXT)
    named = " ".join(row["file"] for row in table(PAGE, "file", "what is in it"))
    assert set(re.findall(r"\.(?:txt|vtt|json)", named)) == set(ENDINGS)
