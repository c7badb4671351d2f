"""What can be taken along of a call: its transcript in each format that it can be written in, and its sound."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboards.exporting.routes import export_path
from dashboards.exporting.transcripts import possible_formats
from dashboards.page import Reading
from dashboards.serving.access import Right, viewer
from dashboards.serving.sound_links import sound_link
from qa_pipeline.wording.languages import t, to_translate

_WORDS = {
    "srt": to_translate("Subtitles (SRT)"),
    "vtt": to_translate("Subtitles (WebVTT)"),
    "txt": to_translate("Text"),
    "json": to_translate("JSON with the times of words"),
    "vcon": to_translate("vCon"),
}


def downloads(page: Reading, call_id: str) -> None:
    """A button with links to the files; nothing for people who may not take them along."""
    listener = viewer()
    if not listener.may(Right.EXPORT):
        return
    query = urlencode({"call": call_id})
    links = {
        t(_WORDS[kind]): f"{export_path()}/call.{kind}?{query}" for kind in possible_formats(page.snapshot, call_id)
    }
    if listener.may(Right.LISTEN):
        links[t("Sound")] = f"{sound_link(listener, call_id, page.snapshot)}?download=1"
    with st.popover(t("Download"), icon=":material/download:"):
        items = (f'<li><a href="{escape(address)}" download>{escape(word)}</a></li>' for word, address in links.items())
        st.html(f'<ul class="qa-links">{"".join(items)}</ul>')
