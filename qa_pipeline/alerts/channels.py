"""A channel of alerts.yaml: where messages go, in which language, and when. Addresses and secrets are in the
environment; only the names of their variables are here."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from qa_pipeline.alerts.causes import Severity

Id = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]{0,39}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^QA_[A-Z0-9_]{1,80}$")]
"""The name of an environment variable."""

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Hours and minutes."""

MailAddress = Annotated[str, StringConstraints(pattern=r"^[!#-+\--9=?A-~]+@[!#-+\--9=?A-~]+$", max_length=254)]
"""In ASCII, as not every server takes others."""

Language = Literal["en", "zh"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ChannelKind = Literal["slack", "teams", "feishu", "dingtalk", "wecom", "webhook", "mail"]
SIGNED: tuple[ChannelKind, ...] = ("feishu", "dingtalk")
"""Kinds that may ask for signed messages."""

PER_MINUTE: dict[ChannelKind, int] = {
    "slack": 60,  # one a second
    "teams": 60,
    "feishu": 100,
    "dingtalk": 20,
    "wecom": 20,
    "webhook": 60,
    "mail": 30,
}
"""Messages a minute that a receiver takes, by its documentation where it says so."""

_OF_MAIL = ("host", "sender", "to")


class Strict(BaseModel):
    """A part of alerts.yaml: a key that it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class QuietHours(Strict):
    """From when to when nothing is sent, by the clock of `timezone` (that of the channels unless given); past midnight
    where `to` is earlier. `days` are those on which it begins."""

    from_: Annotated[Clock, Field(alias="from")]
    to: Clock
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS
    timezone: str | None = None

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        return None if value is None else known_zone(value)

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.from_ == self.to:
            raise ValueError("quiet hours end when they begin; leave them out, or write another time")
        return self

    def hold(self, now: dt.datetime) -> bool:
        """Whether it is quiet now. `now` is in the zone of these hours."""
        clock = f"{now:%H:%M}"
        if self.from_ < self.to:
            return self.from_ <= clock < self.to and self._begins_on(now)
        if clock >= self.from_:
            return self._begins_on(now)
        return clock < self.to and self._begins_on(now - dt.timedelta(days=1))

    def _begins_on(self, day: dt.datetime) -> bool:
        return WEEKDAYS[day.weekday()] in self.days


class Channel(Strict):
    """Where messages go. A webhook has `url_env` (and a signed one `secret_env`), mail has `host`, `sender`, `to` and,
    where the server asks for them, `user_env` and `password_env`.

    What is at least as grave as `urgent` waits neither for the end of quiet hours nor for a digest. With
    `digest_minutes` whatever comes within so many minutes is one message. Without `per_minute` as many messages a
    minute as the receiver takes.
    """

    id: Id
    kind: ChannelKind
    url_env: Variable | None = None
    secret_env: Variable | None = None
    host: Annotated[str | None, Field(min_length=1, max_length=253)] = None
    port: Annotated[int | None, Field(ge=1, le=65535)] = None
    security: Literal["starttls", "ssl", "none"] = "starttls"
    sender: MailAddress | None = None
    to: Annotated[tuple[MailAddress, ...], Field(max_length=100)] = ()
    user_env: Variable | None = None
    password_env: Variable | None = None
    language: Language | None = None
    per_minute: Annotated[int | None, Field(ge=1, le=1000)] = None
    quiet: QuietHours | None = None
    digest_minutes: Annotated[int | None, Field(ge=1, le=1440)] = None
    urgent: Severity | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        of_mail = [name for name in (*_OF_MAIL, "port", "user_env", "password_env") if getattr(self, name)]
        if self.kind != "mail":
            if of_mail or "security" in self.model_fields_set:
                raise ValueError(f"{(of_mail or ['security'])[0]} goes with kind: mail")
            if self.url_env is None:
                raise ValueError(f"{self.id} needs url_env, the name of the variable that has its address")
            if self.secret_env is not None and self.kind not in SIGNED:
                raise ValueError(f"secret_env goes with {' and '.join(SIGNED)}, which sign messages")
            return self
        if self.url_env is not None or self.secret_env is not None:
            raise ValueError("mail has host, sender and to; url_env and secret_env are of webhooks")
        if missing := [name for name in _OF_MAIL if not getattr(self, name)]:
            raise ValueError(f"{self.id} needs {', '.join(missing)}")
        if (self.user_env is None) != (self.password_env is None):
            raise ValueError("user_env and password_env go together")
        if self.user_env is not None and self.security == "none":
            raise ValueError("a password is not sent unencrypted: security is starttls or ssl")
        return self

    @property
    def most_per_minute(self) -> int:
        """Messages a minute at most."""
        return self.per_minute or PER_MINUTE[self.kind]

    @property
    def mail_port(self) -> int:
        """The port of the mail server: the one given, else the usual one."""
        return self.port or {"starttls": 587, "ssl": 465, "none": 25}[self.security]

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the environment variables that it needs."""
        names = (self.url_env, self.secret_env, self.user_env, self.password_env)
        return tuple(name for name in names if name is not None)


def known_zone(name: str) -> str:
    """The name of a time zone.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("not the name of a time zone such as Asia/Shanghai or Europe/Berlin") from None
    return name
