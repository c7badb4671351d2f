"""Why an alert was not sent, in the reader's language.

The outbox keeps the sentence of whoever tried, in English and with its figures, for commands; here it is known again by
its form.
"""

from __future__ import annotations

from qa_pipeline.wording.known_forms import KnownForms
from qa_pipeline.wording.languages import to_translate

FORMS = (
    to_translate("HTTP {number}"),
    to_translate("HTTP {number}: it sends elsewhere, which is not followed; set the address that it means"),
    to_translate("code {number}"),
    to_translate("code {number}: {reason}"),
    to_translate("it takes no such message"),
    to_translate("too many messages"),
    to_translate("there is no such bot; look at its address"),
    to_translate("there is no such robot; look at its address"),
    to_translate("the signature does not fit: look at the secret, and at this machine's clock"),
    to_translate("this machine's address is not on the bot's list"),
    to_translate("the bot asks for a keyword; add QA to its keywords"),
    to_translate("keyword, signature or network: add QA to its keywords, look at the secret"),
    to_translate("something else than the service answers; look at the address, and at proxies on the way"),
    to_translate("no whole answer within {seconds} s"),
    to_translate("no answer within {seconds} s"),
    to_translate("no connection: nothing answers there, or the name or certificate is wrong"),
    to_translate("the connection broke ({error})"),
    to_translate("SMTP {number}"),
    to_translate("SMTP {number}: the login is refused"),
    to_translate("SMTP {number}: all recipients are refused"),
    to_translate("the server has no STARTTLS or no login; look at security:"),
    to_translate("no encrypted connection: look at the server's certificate, and at security:"),
    to_translate("no connection to the mail server, or it broke ({error})"),
    to_translate("no address: {reason}"),
    to_translate("there is no such channel any more"),
    to_translate("{variables} not set"),
    to_translate("{variable} has characters other than ASCII, which a login by mail can't have"),
    to_translate("{variable} is not an address such as https://hooks.example.org/…"),
    to_translate("{variable} would send alerts unencrypted; write https://, or name its host in QA_PLAIN_HTTP_HOSTS"),
)
"""What `alerts.replies` and the room `outbox` say; a `{reason}` has one of these forms itself."""

_KNOWN = KnownForms(
    FORMS,
    {"number": r"-?\d+", "seconds": r"[\d.]+", "error": r"\w+", "variable": r"\w+", "variables": r"[\w ]+"},
)


def alert_trouble(said: str) -> str:
    """Why a message was not sent, for whoever reads; a sentence that is not known here stays as it is."""
    return _KNOWN.in_words(said)
