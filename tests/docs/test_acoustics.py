"""docs/acoustics.md has every defect with its meaning and its setting, and every option with its default."""

from __future__ import annotations

import dataclasses
import re

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.defects import EXPLANATIONS
from qa_pipeline.settings import Settings
from tests.docs.markdown import page, table

PAGE = page("docs/acoustics.md")


def test_every_defect_is_explained_in_order() -> None:
    rows = table(PAGE, "defect", "meaning", "what is done")
    assert [(row["defect"], row["meaning"]) for row in rows] == [
        (defect.value, meaning) for defect, meaning in EXPLANATIONS.items()
    ]
    assert [row for row in rows if not row["what is done"]] == []


def test_what_is_done_names_each_setting_and_its_default() -> None:
    said = {}
    for row in table(PAGE, "defect", "meaning", "what is done"):
        found = re.match(r"`(on_\w+)`: .*?`(\w+)` \(the default\)", row["what is done"])
        if found:
            said[found[1]] = found[2]
    fields = {name: field.default for name, field in Settings.model_fields.items() if name.startswith("on_")}
    del fields["on_mono"]  # no defect: it has a section of its own
    assert said == fields


def test_every_option_is_listed_with_its_default() -> None:
    rows = table(PAGE, "option", "default", "meaning")
    assert {row["option"]: row["default"] for row in rows} == {
        field.name: str(field.default) for field in dataclasses.fields(AcousticOptions)
    }
    assert all(row["meaning"] for row in rows)
