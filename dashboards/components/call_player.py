"""The sound and the words of a call, beside something else on the page."""

from __future__ import annotations

import streamlit as st

from dashboards.instrument.component import Shown, instrument
from dashboards.instrument.labels import labels, looks
from dashboards.instrument.routes import call_data_link
from dashboards.page import Reading
from dashboards.queries import ask, ask_about_call
from dashboards.serving.sound_links import sound_link
from dashboards.serving.sounds import why_silent
from dashboards.unmasking.offer import unmask_offer
from dashboards.url_values import place_of
from qa_pipeline.wording.languages import t


def call_player(page: Reading, call_id: str) -> None:
    """The instrument of a call that this person may see; of one that is not published any more, that it isn't."""
    if not ask_about_call(page.snapshot, "read_call", call_id):
        st.info(t("The call is not in what is published now."), icon=":material/call_end:")
        return
    channels = ask(page.snapshot, "what_became_of_channels", call_id=call_id)
    unsure_below = page.settings.metrics.unsure_below
    silence = why_silent(page.settings, page.viewer, page.snapshot, call_id)
    instrument(
        Shown(
            call_id=call_id,
            link=call_data_link(call_id),
            sound=None if silence else sound_link(page.viewer, call_id, page.snapshot),
            silence=silence or "",
            at_s=place_of(st.query_params.get("t", "")),
            asked="",
            labels=labels(unsure_below),
            looks=looks(channels, unsure_below),
            is_beside=True,
            unmask=unmask_offer(page, call_id, has_sound=not silence),
        )
    )
