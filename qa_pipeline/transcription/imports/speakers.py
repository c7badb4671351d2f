"""Who a name in a transcript is: the agent or the customer, and so which channel of the recording.

Another vendor's transcript names voices (`Agent`, `Lucía Ortiz`, `channel 1`), the recording has channels. What says
who is who, in this order: the call's own names, a channel in words, a role in words, a part of the agent's or the
customer's name, and last that of two voices one is known. A voice that none of them tells is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_pipeline.transcription.results import BadResult

CHANNELS = (0, 1)

AGENT_WORDS = frozenset(
    {
        "agent", "representative", "rep", "advisor", "adviser", "operator", "csr", "associate", "consultant",
        "employee", "supervisor", "assistant", "bot", "ivr", "agente", "asesor", "asesora", "operador", "operadora",
        "atendente", "conseiller", "conseillère", "téléconseiller", "mitarbeiter", "mitarbeiterin", "kundenberater",
        "operatore",
    }
)  # fmt: skip
CUSTOMER_WORDS = frozenset(
    {
        "customer", "client", "consumer", "contact", "guest", "patient", "member", "subscriber", "user", "cliente",
        "kunde", "kundin", "klant", "kund",
    }
)  # fmt: skip
AGENT_PARTS = ("客服", "坐席", "座席", "话务员", "オペレーター", "担当者", "상담원", "상담사")
CUSTOMER_PARTS = ("客户", "客戶", "顾客", "用户", "お客様", "顧客", "고객")
"""Scripts without spaces between words: a part of the name is enough."""

COMPANY_PHRASE = re.compile(r"\b(?:customer|client) (?:service|services|care|support|success|relations)\b")
"""The company's side, though it says customer."""

_CHANNEL = re.compile(r"(?:audio )?(?:channel|ch|track) ?(\d+)|(left|right)(?: channel)?")
_NUMBERED = re.compile(r"(?:audio )?(?:channel|ch|track|speaker|spk|voice|agent|customer|caller) ?\d{1,2}|left|right")
"""Names of voices that are nobody's."""
_SIDES = {"left": 0, "right": 1}


@dataclass(frozen=True, slots=True)
class CallSpeakers:
    """What is known of a call's voices before its transcript is read.

    `agent_names` and `customer_names` are names and ids from the call's metadata. `only_channel` is the channel that
    the transcript's file name tells (None: it is about the whole call). `recording` is the recording's file name. With
    `one_channel` both parties are on the one channel of the recording, and are told by the transcript alone.
    """

    agent_channel: int = 0
    agent_names: tuple[str, ...] = ()
    customer_names: tuple[str, ...] = ()
    direction: str | None = None
    only_channel: int | None = None
    recording: str | None = None
    one_channel: bool = False

    def as_parameters(self) -> dict[str, Any]:
        """All that decides how a transcript is read, as plain JSON; what is not known is left out."""
        known = {
            "agent_channel": self.agent_channel,
            "agent_names": list(self.agent_names),
            "customer_names": list(self.customer_names),
            "direction": self.direction,
            "only_channel": self.only_channel,
            "recording": self.recording,
            "one_channel": self.one_channel or None,
        }
        return {key: value for key, value in known.items() if value is not None and value != []}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> CallSpeakers:
        """The opposite of `as_parameters`; other keys are left alone."""
        return cls(
            agent_channel=parameters.get("agent_channel", 0),
            agent_names=tuple(parameters.get("agent_names", ())),
            customer_names=tuple(parameters.get("customer_names", ())),
            direction=parameters.get("direction"),
            only_channel=parameters.get("only_channel"),
            recording=parameters.get("recording"),
            one_channel=parameters.get("one_channel", False),
        )

    @property
    def customer_channel(self) -> int:
        """The channel on which the agent does not speak."""
        return 1 - self.agent_channel


Speaker = tuple[str, ...]
"""What one voice is called, the most telling name first; an empty tuple where nothing names it."""


def channels_of(speakers: Iterable[Speaker], voices: CallSpeakers) -> dict[Speaker, int]:
    """The channel of each speaker; of one that nobody can place there is none.

    Raises:
        BadResult: a voice belongs to the other channel than the one the file's name tells.
    """
    found: dict[Speaker, int] = {}
    unplaced: list[Speaker] = []
    for speaker in dict.fromkeys(speakers):
        channel = next((told for name in speaker if (told := channel_told_by(name, voices)) is not None), None)
        if channel is None:
            unplaced.append(speaker)
        else:
            found[speaker] = channel
    if voices.only_channel is not None:
        return _on_one_channel(found, unplaced, voices.only_channel)
    _by_part_of_a_name(found, unplaced, voices)
    taken = set(found.values())
    if len(unplaced) == 1 and unplaced[0] and len(taken) == 1:
        found[unplaced[0]] = 1 - taken.pop()
    return found


def speaker_label(speaker: Speaker) -> str:
    """The speaker as a message names it: by a role, a channel or a number; any other name may be somebody's, and of it
    there is only the length."""
    if not speaker:
        return "nobody"
    folded = fold(speaker[0])
    is_plain = folded in AGENT_WORDS | CUSTOMER_WORDS or _NUMBERED.fullmatch(folded)
    return f'"{speaker[0]}"' if is_plain else f"somebody whose name has {len(speaker[0])} characters"


def unknown_voice(speaker: Speaker, place: str) -> BadResult:
    """The refusal of what a voice says that cannot be placed."""
    if not speaker:
        return BadResult(
            f"{place} does not say who speaks: name the voices Agent and Customer, or give each channel a file of its "
            "own (<call>.channel-0.vtt)"
        )
    return BadResult(
        f"{place} is spoken by {speaker_label(speaker)}, who is neither the agent nor the customer as far as is known: "
        "name the voices Agent and Customer, or give the call's agent_name"
    )


def _on_one_channel(found: dict[Speaker, int], unplaced: Sequence[Speaker], only: int) -> dict[Speaker, int]:
    for speaker, channel in found.items():
        if channel != only:
            raise BadResult(
                f"{speaker_label(speaker)} speaks on channel {channel}, and the file's name says that it is "
                f"of channel {only}"
            )
    return {**found, **dict.fromkeys(unplaced, only)}


def channel_told_by(name: str, voices: CallSpeakers) -> int | None:
    """The channel that a name tells by itself; None where it takes the other voices to know, or nobody knows."""
    folded = fold(name)
    bare = folded.replace(" ", "")
    if any(bare == fold(known).replace(" ", "") for known in voices.agent_names):
        return voices.agent_channel
    if any(bare == fold(known).replace(" ", "") for known in voices.customer_names):
        return voices.customer_channel
    channel = _CHANNEL.fullmatch(folded)
    if channel is not None:
        number = _SIDES[channel[2]] if channel[2] else int(channel[1])
        return number if number in CHANNELS else None
    is_agent = _is_agent(folded, voices.direction)
    if is_agent is None:
        return None
    return voices.agent_channel if is_agent else voices.customer_channel


def _is_agent(folded: str, direction: str | None) -> bool | None:
    """True for the company's side, False for the customer's, None where the words tell neither or both."""
    if COMPANY_PHRASE.search(folded):
        return True
    words = {word.rstrip("0123456789") for word in folded.split()}
    agent = bool(words & AGENT_WORDS) or any(part in folded for part in AGENT_PARTS)
    customer = bool(words & CUSTOMER_WORDS) or any(part in folded for part in CUSTOMER_PARTS)
    calls_out = direction == "outbound"  # then the caller is the agent
    if "caller" in words:
        agent, customer = agent or calls_out, customer or not calls_out
    if words & {"callee", "called"}:
        agent, customer = agent or not calls_out, customer or calls_out
    return agent if agent != customer else None


def _by_part_of_a_name(found: dict[Speaker, int], unplaced: list[Speaker], voices: CallSpeakers) -> None:
    """Places `Alice` where the agent is called Alice Chen: only on a side that nobody has, and only one voice."""
    for names, channel in (
        (voices.agent_names, voices.agent_channel),
        (voices.customer_names, voices.customer_channel),
    ):
        known = [set(fold(name).split()) for name in names]
        alike = [speaker for speaker in unplaced if any(_overlaps(name, known) for name in speaker)]
        if len(alike) == 1 and channel not in found.values():
            found[alike[0]] = channel
            unplaced.remove(alike[0])


def _overlaps(name: str, known: Sequence[set[str]]) -> bool:
    words = set(fold(name).split())
    return any(words and other and (words <= other or other <= words) for other in known)


def fold(name: str) -> str:
    """A name for comparing: one case, one kind of blank, no punctuation."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(re.findall(r"[^\W_]+", plain))
