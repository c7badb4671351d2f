"""The pages for people who don't get in: one sentence why, one whom to ask, and nothing of the calls.

They are not Streamlit's, which would make a connection first. Everything that comes from a request or a setting is
escaped.
"""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse, Response
from streamlit.auth_util import get_secrets_auth_section
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError
from streamlit.user_info import generate_login_redirect_url

from dashboards.serving.served_path import below_base
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import BCP47, language, t

FORBIDDEN, SIGN_IN, BROKEN = 403, 401, 500
_SECTION_KEYS = frozenset({"client_kwargs"})

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.2rem; }}
h1 {{ font-size: 1.4rem; }} p {{ overflow-wrap: anywhere; }}
a.act {{ display: inline-block; padding: .5rem 1rem; border: 1px solid; border-radius: .4rem; }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def sign_in_page() -> Response:
    """A link for each sign-in service that Streamlit's secrets name."""
    try:
        links = [
            _paragraph_link(generate_login_redirect_url(name), t("Sign in") if len(found) == 1 else name)
            for found in [_providers()]
            for name in found
        ]
    except (StreamlitAuthError, StreamlitMissingAuthlibError):
        links = []
    if not links:
        body = _paragraph(t("No sign-in service is set up. `qa-pipeline doctor` says what is missing."))
        return _page(BROKEN, t("Nobody can sign in yet"), body)
    return _page(SIGN_IN, t("Sign in to see calls"), "".join(links))


def not_listed_page(settings: Settings, user: str) -> Response:
    """For somebody who is known by name and not listed."""
    body = _paragraph(t("You are known here as {user}, and nobody has given you access.", user=user)) + _whom_to_ask(
        settings
    )
    if settings.dashboard_access == "login":
        body += _paragraph_link(below_base("auth/logout"), t("Sign out"))
    return _page(FORBIDDEN, t("No access"), body)


def not_admitted_page(settings: Settings, reason: str) -> Response:
    """For a request that nobody's name can be put to; `reason` is a text of the catalogue."""
    return _page(FORBIDDEN, t("No access"), _paragraph(t(reason)) + _whom_to_ask(settings))


def not_allowed_page(settings: Settings) -> Response:
    """For somebody who may see pages, and not this."""
    body = _paragraph(t("Your role does not include this.")) + _whom_to_ask(settings)
    return _page(FORBIDDEN, t("Not allowed"), body)


def broken_settings_page(reason: str | None) -> Response:
    """Settings that can't be read; `reason` is for people at the machine itself."""
    body = _paragraph(reason or t("The server's settings are wrong; its operator can see why."))
    return _page(BROKEN, t("A setting is wrong"), body)


def _providers() -> list[str]:
    """Names of sign-in services, as `st.login` takes them: `default` where the section itself is one."""
    section = get_secrets_auth_section()
    if not section:
        return []
    own = ["default"] if section.get("client_id") else []
    return own + [
        name for name, value in section.to_dict().items() if isinstance(value, dict) and name not in _SECTION_KEYS
    ]


def _whom_to_ask(settings: Settings) -> str:
    if settings.dashboard_contact:
        return _paragraph(t("Ask {contact}.", contact=settings.dashboard_contact))
    return _paragraph(t("Ask whoever runs this server."))


def _paragraph(text: str) -> str:
    return f"<p><bdi>{escape(text)}</bdi></p>"


def _paragraph_link(address: str, label: str) -> str:
    return f'<p><a class="act" href="{escape(address, quote=True)}"><bdi>{escape(label)}</bdi></a></p>'


def _page(status: int, title: str, body: str) -> Response:
    return HTMLResponse(_PAGE.format(language=BCP47[language()], title=escape(title), body=body), status, _HEADERS)
