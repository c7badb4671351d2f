"""The keys of a call's metadata, as people and programs spell them."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from typing import Final

from qa_pipeline.recordings.values import KEYS

FILE_KEY: Final = "file"
"""In a call list, the name of the recording."""

AGENT_FILE_KEY: Final = "agent_file"
CUSTOMER_FILE_KEY: Final = "customer_file"
"""In a call list, the names of a call's recordings where each party has one of its own."""

FILE_KEYS: Final = {FILE_KEY: None, AGENT_FILE_KEY: "agent", CUSTOMER_FILE_KEY: "customer"}
"""Columns of a call list that name a recording → whose it is."""

PARTS_KEY: Final = "parts"
"""In a sidecar, the files of which a call is made."""

LEG_KEY: Final = "leg"
"""In a call list, which leg of its call a line is about."""

_SEPARATORS = re.compile(r"[\s_-]+")
_OTHER_WORDS: Final = {
    "call_id": "uniqueid callsid contactid conversationid interactionid recordingid calluuid callguid",
    "started_at": "start starttime startdate starttimestamp started begin begintime beginat timestamp datetime "
    "calldate calltime callstart callstarttime date",
    "agent_id": "agent agentlogin agentuser agentnumber agentextension operator operatorid user userid username",
    "customer_id": "customer customernumber customerphone caller callerid callernumber clientid",
    "queue": "queuename queueid skill skillgroup",
    "direction": "calldirection calltype",
    "agent_channel": "channel agentch channelagent agentside",
    "language": "lang locale languagecode",
    FILE_KEY: "filename recording recordingfile recordingname audio audiofile",
}
_LIKELY: Final = {word: key for key, words in _OTHER_WORDS.items() for word in words.split()}


@functools.lru_cache(maxsize=10_000)  # headings come again with every line
def folded(key: str) -> str:
    """A key without case and without `_`, `-` or blanks: `callId`, `CALL-ID` and `Call ID` are the same."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", key).casefold())


_BY_FOLDED: Final = {folded(key): key for key in KEYS}
_ONLY_IN_LISTS: Final = {folded(key): key for key in (*FILE_KEYS, LEG_KEY)}


def known_key(key: str) -> str | None:
    """The product's spelling of a key, None for one that means nothing to it."""
    return _BY_FOLDED.get(folded(key))


def list_key(heading: str) -> str | None:
    """As `known_key`, of a heading in a call list, which may also be `leg` or one of `FILE_KEYS`."""
    word = folded(heading)
    return _ONLY_IN_LISTS.get(word) or _BY_FOLDED.get(word)


def likely_key(key: str) -> str | None:
    """The key that somebody may have meant by an unknown one: `agent_idd`, `startTime`."""
    word = folded(key)
    if word in _BY_FOLDED or word in _ONLY_IN_LISTS or word == PARTS_KEY:
        return None
    if word in _LIKELY:
        return _LIKELY[word]
    close = difflib.get_close_matches(word, _BY_FOLDED, n=1, cutoff=0.85)
    return _BY_FOLDED[close[0]] if close else None
