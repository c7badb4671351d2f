"""The layouts of vendors, as data. What is not documented by the vendor or in the code of the system is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from qa_pipeline.recordings.agent_channels import ChannelChoice
from qa_pipeline.recordings.list_rules import CallListRule

_UUID: Final = "????????-????-????-????-????????????"
_SID: Final = "?" * 32
_CLOCK: Final = "????????-??????"  # 20250902-101522
_DIGIT: Final = "[0-9]"
_UNIQUE_IDS: Final = tuple(  # 1756808122.12, of Monitor with -in and -out
    f"*/{_DIGIT * 10}.{_DIGIT * length}{end}.*" for length in range(1, 8) for end in ("", "-in", "-out")
)

RIGHT: Final = ChannelChoice(1)
LEFT: Final = ChannelChoice(0)
CALLER_LEFT: Final = ChannelChoice(None, (("inbound", 1), ("outbound", 0)))


@dataclass(frozen=True)
class LayoutName:
    """A pattern of file names, and what a name of this kind says besides its parts (`in-…` is an inbound call)."""

    pattern: str
    says: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Layout:
    """One vendor's. `recordings` and `companions` are patterns in lower case of paths that begin with a slash.

    `companions` are files that belong to the layout and are neither recordings nor about one (a redacted copy is a
    sound file, and not a second call). `lists` with `everywhere` are about recordings in any folder.
    """

    title: str
    recordings: tuple[str, ...]
    names: tuple[LayoutName, ...] = ()
    lists: tuple[CallListRule, ...] = ()
    agent_channel: ChannelChoice | None = None
    companions: tuple[str, ...] = ()
    has_common_names: bool = False
    """Whether others name recordings so too, by a uuid for example: then nothing is concluded from it."""

    @property
    def is_told_by_names(self) -> bool:
        """Whether its recordings can be told from those of other layouts."""
        return self.recordings != ("*",)


_INBOUND: Final = {"direction": "inbound"}
_OUTBOUND: Final = {"direction": "outbound"}

LAYOUTS: Final[Mapping[str, Layout]] = {
    "amazon-connect": Layout(
        title="Amazon Connect",
        recordings=("*_????????t??[:_.-]??_utc.*",),
        names=(LayoutName("{call_id}_{started_at}_UTC"),),
        lists=(
            CallListRule("ctr/*", preset="amazon-connect", everywhere=True),
            CallListRule("*/ctr/*", preset="amazon-connect", everywhere=True),
        ),
        agent_channel=RIGHT,
        companions=("*/analysis/*", "*/chattranscripts/*", "*/reports/*", "*/attachments/*", "*/screenrecordings/*"),
    ),
    "genesys-cloud": Layout(
        title="Genesys Cloud, bulk export",
        recordings=(f"*/year=*/month=*/day=*/hour=*/conversation_id={_UUID}/*",),
        lists=(CallListRule("*_metadata.json", preset="genesys-cloud-recordings"),),
    ),
    "twilio": Layout(
        title="Twilio",
        recordings=(f"*/re{_SID}", f"*/re{_SID}.*"),
        lists=(
            CallListRule("recordings*.json", preset="twilio-recordings", everywhere=True),
            CallListRule("recordings*.csv", preset="twilio-recordings", everywhere=True),
        ),
        agent_channel=ChannelChoice(1, (("inbound", 1), ("outbound", 0))),
    ),
    "freeswitch": Layout(
        title="FreeSWITCH",
        recordings=(f"*/{_UUID}.*", "*.????-??-??-??-??-??.*"),
        names=(LayoutName("{customer_id}.{date}-{time}"),),
        lists=(
            CallListRule("*.cdr.json", preset="freeswitch", everywhere=True),
            CallListRule("*.cdr.xml", preset="freeswitch", everywhere=True),
            CallListRule("Master.csv", preset="freeswitch-csv", header=False, everywhere=True),
        ),
        agent_channel=CALLER_LEFT,
        has_common_names=True,
    ),
    "asterisk": Layout(
        title="Asterisk and FreePBX",
        recordings=(f"*-{_CLOCK}-*.*", *_UNIQUE_IDS),
        names=(
            LayoutName("out-{customer_id}-{agent_id}-{date}-{time}-{call_id}", _OUTBOUND),
            LayoutName("in-{_}-{customer_id}-{date}-{time}-{call_id}", _INBOUND),
            LayoutName("q-{queue}-{customer_id}-{date}-{time}-{call_id}", _INBOUND),
            LayoutName("rg-{queue}-{customer_id}-{date}-{time}-{call_id}", _INBOUND),
            LayoutName("external-{agent_id}-{customer_id}-{date}-{time}-{call_id}", _INBOUND),
            LayoutName("internal-{_}-{agent_id}-{date}-{time}-{call_id}", {"direction": "internal"}),
            LayoutName("exten-{agent_id}-{customer_id}-{date}-{time}-{call_id}"),
            LayoutName("{_}-{_}-{_}-{date}-{time}-{call_id}"),
        ),
        lists=(
            CallListRule("Master.csv", preset="asterisk-master", header=False, everywhere=True),
            CallListRule("cdr*.csv", preset="asterisk-cdr", everywhere=True),
        ),
    ),
    "3cx": Layout(
        title="3CX",
        recordings=("*/[[]*]_*-*_??????????????([0-9]*).*",),
        names=(
            LayoutName("[]_{extension}-{number}_{started_at}({call_id})", _OUTBOUND),
            LayoutName("[{_}]_{extension}-{number}_{started_at}({call_id})", _OUTBOUND),
            LayoutName("[]_{number}-{extension}_{started_at}({call_id})", _INBOUND),
            LayoutName("[{_}]_{number}-{extension}_{started_at}({call_id})", _INBOUND),
            LayoutName("[{_}]_{_}-{_}_{started_at}({call_id})"),
        ),
    ),
    "fusionpbx": Layout(
        title="FusionPBX",
        recordings=(f"*/archive/*/*/*/{_UUID}.*",),
        lists=(CallListRule("v_xml_cdr*.csv", preset="fusionpbx", everywhere=True),),
        agent_channel=CALLER_LEFT,
    ),
    "cisco": Layout(
        title="Cisco Webex Contact Center",
        recordings=("*",),
        lists=(
            CallListRule("captures*.json", preset="webex-contact-center", everywhere=True),
            CallListRule("*.capture.json", preset="webex-contact-center"),
        ),
    ),
    "verint": Layout(title="Verint", recordings=("*",), agent_channel=LEFT),
}
