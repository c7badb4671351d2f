"""Views of the list of calls that people keep: opened by a link, shared by those who may."""

from __future__ import annotations

import streamlit as st

from dashboards.filters import CallFilter
from dashboards.links import CALLS_PAGE
from dashboards.markdown import plain
from dashboards.serving.access import Right, Viewer, viewer
from qa_pipeline.errors import UserError
from qa_pipeline.settings import load_settings
from qa_pipeline.views.saved_views import LONGEST_NAME, SavedView, SavedViews, open_views
from qa_pipeline.wording.languages import t

NEW_NAME, NEW_SHARED = "view_name", "view_shared"


def saved_views(chosen: CallFilter) -> None:
    """A button that opens one's own views and those of others, and keeps what is chosen under a name."""
    who = viewer()
    with st.popover(t("Saved views"), icon=":material/bookmark:", key="saved_views", width="content"):
        try:
            views = _store(load_settings().operations_database_url)
        except UserError as error:  # the ledger was moved to another database
            st.caption(plain(str(error)))
            return
        found = views.seen_by(who.user)
        if not found:
            st.caption(t("No view is saved yet."))
        for view in found:
            _line(views, who, view)
        st.divider()
        _keep(views, who, chosen)


@st.cache_resource
def _store(operations_url: str) -> SavedViews:
    return open_views(operations_url)


def _line(views: SavedViews, who: Viewer, view: SavedView) -> None:
    is_own = view.owner == who.user
    with st.container(horizontal=True, vertical_alignment="center", key=f"view_{view.view_id}"):
        st.page_link(CALLS_PAGE, label=plain(view.name), icon=":material/bookmark:", query_params=view.query)
        if not is_own:
            st.caption(t("shared by {name}", name=plain(view.owner)))
            return
        if view.is_shared:
            st.caption(t("shared"))
        with st.popover(t("Change"), type="tertiary", key=f"change_{view.view_id}"):
            name = f"rename_{view.view_id}"
            st.text_input(
                t("Name"), value=view.name, key=name, max_chars=LONGEST_NAME, on_change=_rename,
                args=(views, who.user, view.view_id, name),
            )  # fmt: skip
            if who.may(Right.SHARE_VIEWS) or view.is_shared:
                label = t("Make it private") if view.is_shared else t("Share it with everybody")
                st.button(
                    label, key=f"share_{view.view_id}", on_click=_share, args=(views, view.view_id),
                    kwargs={"is_shared": not view.is_shared},
                )  # fmt: skip
            st.button(
                t("Delete"), key=f"delete_{view.view_id}", icon=":material/delete:", on_click=views.remove,
                args=(who.user, view.view_id),
            )  # fmt: skip


def _keep(views: SavedViews, who: Viewer, chosen: CallFilter) -> None:
    st.text_input(t("Save what is chosen as"), key=NEW_NAME, max_chars=LONGEST_NAME)
    if who.may(Right.SHARE_VIEWS):
        st.checkbox(t("Share it with everybody"), key=NEW_SHARED)
    st.button(t("Save"), key="view_save", icon=":material/bookmark_add:", on_click=_save, args=(views, chosen))


def _share(views: SavedViews, view_id: str, *, is_shared: bool) -> None:
    """The right is looked up at the click: it may have been taken away since the button was drawn."""
    who = viewer()
    if not is_shared or who.may(Right.SHARE_VIEWS):
        views.share(who.user, view_id, is_shared=is_shared)


def _save(views: SavedViews, chosen: CallFilter) -> None:
    who, name = viewer(), st.session_state[NEW_NAME]
    if name.strip():
        is_shared = bool(st.session_state.get(NEW_SHARED)) and who.may(Right.SHARE_VIEWS)
        views.keep(who.user, name, chosen.to_query(), is_shared=is_shared)
        st.session_state[NEW_NAME] = ""


def _rename(views: SavedViews, user: str, view_id: str, key: str) -> None:
    name = st.session_state[key]
    if name.strip():
        views.rename(user, view_id, name)
