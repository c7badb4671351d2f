from __future__ import annotations

import threading

import polib
import pytest

from qa_pipeline.wording import languages
from qa_pipeline.wording.languages import ENGLISH, LANGUAGES, language, t, tn
from tests.wording.texts import ROOT, Text, places, texts_of, texts_of_project

CATALOGUES = {
    code: polib.pofile(str(ROOT / "qa_pipeline" / "wording" / f"{code}.po")) for code in LANGUAGES if code != ENGLISH
}


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return texts_of_project()


@pytest.mark.parametrize("code", CATALOGUES)
def test_every_text_of_the_pages_is_translated(code: str, texts: list[Text]) -> None:
    known = {entry.msgid for entry in CATALOGUES[code].translated_entries()}
    missing = {text.one: text for text in texts if text.one not in known}
    blocks = [
        str(polib.POEntry(msgid=text.one, msgid_plural=text.many or "", comment=text.where, msgstr=""))
        for text in missing.values()
    ]
    assert not blocks, f"{len(blocks)} texts are not in {code}.po:\n\n" + "\n".join(blocks)


@pytest.mark.parametrize("code", CATALOGUES)
def test_the_catalogue_has_no_text_that_nothing_says_and_none_twice(code: str, texts: list[Text]) -> None:
    entries = [entry for entry in CATALOGUES[code] if not entry.obsolete]
    assert [entry.msgid for entry in entries if "fuzzy" in entry.flags] == []
    assert len({entry.msgid for entry in entries}) == len(entries)
    said = {(text.one, text.many or "") for text in texts}
    assert [entry.msgid for entry in entries if (entry.msgid, entry.msgid_plural) not in said] == []


@pytest.mark.parametrize("code", CATALOGUES)
def test_a_translation_has_the_places_of_its_text(code: str) -> None:
    for entry in CATALOGUES[code].translated_entries():
        forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        for form in forms:
            assert places(form) == places(entry.msgid_plural or entry.msgid), entry.msgid


def test_the_places_of_a_text_are_filled_where_it_is_said(texts: list[Text]) -> None:
    assert [
        f"{text.where}: {sorted(places(text.one) ^ text.given)}"
        for text in texts
        if text.given is not None and not places(text.one) | {"n"} >= text.given >= places(text.many or text.one)
    ] == []


@pytest.mark.parametrize("call", ['t(f"{n} calls")', 't("a" + b)', 't("{n} calls".format(n=1))', 'tn("a", f"{b}", 2)'])
def test_a_text_that_is_put_together_where_it_is_said_is_refused(call: str) -> None:
    with pytest.raises(ValueError, match="puts a text together"):
        list(texts_of(call, "page.py"))


def test_texts_are_collected_with_what_fills_them() -> None:
    found = list(texts_of('t("{a} of "\n"{b}", a=1, **more)\ntn("{n} call", "{n} calls", 3)\nt(table[x])', "page.py"))
    assert found == [
        Text("{a} of {b}", None, "page.py:1", None),
        Text("{n} call", "{n} calls", "page.py:3", frozenset({"n"})),
    ]


def test_without_a_reader_texts_are_english_and_counts_follow_their_number() -> None:
    assert language() == ENGLISH
    assert t("{part} of {whole}", part="{1}", whole=2) == "{1} of 2"
    assert [tn("{n} call is", "{n} calls are", n) for n in (0, 1, 2, 1200)] == [
        "0 calls are",
        "1 call is",
        "2 calls are",
        "1,200 calls are",
    ]


def test_each_thread_is_answered_in_the_language_of_its_own_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = {"anna": "en", "bo": "zh"}
    monkeypatch.setattr(languages, "_ask", lambda: readers[threading.current_thread().name])
    said: dict[str, str] = {}
    threads = [threading.Thread(name=name, target=lambda: said.update({language(): t("Calls")})) for name in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {"en": "Calls", "zh": "通话"}


def test_a_text_without_a_translation_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "_ask", lambda: "zh")
    assert t("Calls") == "通话"
    assert t("no catalogue has {this}", this="text") == "no catalogue has text"
