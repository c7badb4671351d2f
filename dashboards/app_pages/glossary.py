"""What each figure and word means. `?metric=COLUMN` names a figure, which comes first; `?find=` looks for some;
`?section=` shows the rules and worked examples of a section, as docs/metrics.md has them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import streamlit as st

from dashboards.components import url_controls
from dashboards.links import GLOSSARY_PAGE
from dashboards.markdown import plain
from dashboards.shell.document import title
from dashboards.shell.top import top_line
from qa_pipeline.conversation.catalogue import CATALOGUE, PAGE, SECTIONS, MetricEntry, markdown_table
from qa_pipeline.wording.definitions import formula, found, judgement, null_rule, scale
from qa_pipeline.wording.languages import ENGLISH, language, t, tn
from qa_pipeline.wording.terms import TERMS

_LINK_TO_A_PAGE = re.compile(r"\[([^\]]+)\]\((?!https?://)[^)]*\)")
_DRAWING = re.compile(r"^```text .*$", re.MULTILINE)
_INDEX_COLUMNS = 4


def rules(page: Path) -> dict[str, str]:
    """The sections of docs/metrics.md as Markdown that needs no other page: rules and worked examples around the
    tables. An installation without docs has the tables alone.
    """
    if not page.is_file():
        return {section: markdown_table(section) for section in SECTIONS}
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        name: _DRAWING.sub("```text", _LINK_TO_A_PAGE.sub(r"\1", text)).strip()
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def glossary_page(known_rules: dict[str, str]) -> None:
    """Search, index and all entries; or the rules of one section."""
    top_line()
    section = st.query_params.get("section", "")
    if section in known_rules:
        _rules(section, known_rules[section])
        return
    title(t("Glossary"))
    looked_for = url_controls.text("find", t("Find a figure or a word"), t("for example: interruptions"))
    if looked_for.strip():
        _hits(looked_for)
        return
    if asked := CATALOGUE.get(st.query_params.get("metric", "")):
        with st.container(border=True, key="asked"):
            _entry(asked, level=2)
            _link_to_rules(asked.section)
    _index()
    st.header(t("Words of the pages"), anchor="words")
    st.markdown("\n\n".join(_term(word) for word in TERMS))
    for name, entries in groupby(CATALOGUE.values(), key=lambda entry: entry.section):
        st.header(t(name), anchor=_anchor(name))
        for entry in entries:
            _entry(entry, level=3)
        _link_to_rules(name)


def _hits(looked_for: str) -> None:
    entries = found(list(CATALOGUE.values()), looked_for)
    words = [word for word in TERMS if looked_for.strip().casefold() in f"{t(word)} {t(TERMS[word])} {word}".casefold()]
    st.caption(tn("{n} entry", "{n} entries", len(entries) + len(words)))
    if not entries and not words:
        st.info(t("Nothing here is called so. Fewer or other words may find it."), icon=":material/search_off:")
    st.markdown("\n\n".join(_term(word) for word in words))
    for entry in entries:
        _entry(entry, level=2)


def _term(word: str) -> str:
    return f"**{t(word)}**  \n{t(TERMS[word])}"


def _index() -> None:
    groups = [("words", t("Words of the pages"), [t(word) for word in TERMS])]
    parts = [f"**[{groups[0][1]}](#words)**"]
    for name, entries in groupby(CATALOGUE.values(), key=lambda entry: entry.section):
        links = [f"[{plain(t(entry.label))}](#{_anchor(entry.column)})" for entry in entries]
        parts.append(f"**[{plain(t(name))}](#{_anchor(name)})**  \n" + "  \n".join(links))
    with st.container(key="index"):
        st.header(t("Index"), anchor=False)
        for column, texts in zip(st.columns(_INDEX_COLUMNS), _in_columns(parts), strict=True):
            column.markdown("\n\n".join(texts))


def _in_columns(parts: Sequence[str]) -> list[list[str]]:
    """The parts in order in columns of about the same number of lines."""
    lines = [part.count("\n") + 2 for part in parts]
    columns: list[list[str]] = [[] for _ in range(_INDEX_COLUMNS)]
    before = 0
    for part, length in zip(parts, lines, strict=True):
        columns[min(_INDEX_COLUMNS - 1, before * _INDEX_COLUMNS // sum(lines))].append(part)
        before += length
    return columns


def _entry(entry: MetricEntry, *, level: int) -> None:
    heading = st.header if level == 2 else st.subheader
    heading(plain(t(entry.label)), anchor=_anchor(entry.column))
    lines = [f"`{entry.column}` · {scale(entry)}", formula(entry), judgement(entry)]
    if entry.null_rules:
        lines.append(t("No value: {rule}.", rule=null_rule(entry)))
    st.markdown("  \n".join(lines))


def _link_to_rules(section: str) -> None:
    label = t("Rules and worked examples: {section}", section=t(section))
    st.page_link(GLOSSARY_PAGE, label=f":primary[{plain(label)}]", query_params={"section": section})


def _rules(section: str, text: str) -> None:
    st.page_link(GLOSSARY_PAGE, label=f":primary[{t('Glossary')}]", icon=":material/arrow_back:")
    title(t(section))
    if language() != ENGLISH:
        st.info(t("The rules in full are written in English."), icon=":material/translate:")
    st.markdown(text)


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


glossary_page(rules(Path(__file__).resolve().parents[2] / PAGE))
