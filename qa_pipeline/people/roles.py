"""Roles, what each may do, and the people who have one: the setting `dashboard_users`.

A person is known by a login: the address that a sign-in service or a proxy names. `*@example.com` stands for everybody
of a domain. The entry of the login itself counts before that of its domain.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Role(StrEnum):
    """What somebody is to the calls; each of the first four may do what the ones before it may."""

    VIEWER = "viewer"
    EVALUATOR = "evaluator"
    LEAD = "lead"
    ADMIN = "admin"
    AGENT = "agent"
    """Sees and hears the own calls, and nothing of others; whose calls they are is told by `agent_id` of the entry, or
    by the e-mail in the list of people."""


class Right(StrEnum):
    """One thing that somebody may be allowed."""

    READ = "read"
    """Pages, transcripts and figures."""
    LISTEN = "listen"
    """The sound of calls."""
    EXPORT = "export"
    """Files of rows and transcripts."""
    SHARE_VIEWS = "share_views"
    """Saved views that others see."""
    RAW_PATHS = "raw_paths"
    """Where files lie on the server."""
    EVALUATE = "evaluate"
    """Evaluations of one's own, by a scorecard."""
    SEE_EVALUATIONS = "see_evaluations"
    """The evaluations of everybody, drafts too."""
    RELEASE = "release"
    """Showing an evaluation to its agent, and taking one back."""
    DECIDE = "decide"
    """Decisions of disputes."""
    ASSIGN = "assign"
    """What others are to evaluate."""
    COMPARE_RULES = "compare_rules"
    """What changed rules would change in all stored calls."""
    RAW_TEXT = "raw_text"
    """What was masked in calls: as text, in the sound, and in the sound that is taken along. No role has it by itself:
    the setting `raw_text_roles` gives it, and `raw_text` of a person's entry gives or takes it."""


_READS: Final = frozenset({Right.READ})
_LISTENS: Final = _READS | {Right.LISTEN}
_EVALUATES: Final = _LISTENS | {Right.EVALUATE}
_LEADS: Final = _EVALUATES | {
    Right.EXPORT, Right.SHARE_VIEWS, Right.SEE_EVALUATIONS, Right.RELEASE, Right.DECIDE, Right.ASSIGN,
    Right.COMPARE_RULES,
}  # fmt: skip

RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.AGENT: _LISTENS,
    Role.VIEWER: _READS,
    Role.EVALUATOR: _EVALUATES,
    Role.LEAD: _LEADS,
    Role.ADMIN: frozenset(Right) - {Right.RAW_TEXT},
}

NOBODY: Final = "none"
"""In place of roles: no role has a right."""

_KEYS: Final = ("login", "role", "agent_id", "raw_text")


@dataclass(frozen=True)
class User:
    """One entry of `dashboard_users`; the login in lower case. `agent_id` is who an agent is to the calls. `raw_text`
    says whether the person may see and hear what was masked; None: as the role may."""

    login: str
    role: Role
    agent_id: str | None = None
    raw_text: bool | None = None

    def __str__(self) -> str:
        """Login and role in a line, as `qa-pipeline doctor` shows them."""
        return f"{self.login} ({self.role})"


def entry_of(login: str, users: Sequence[User]) -> User | None:
    """The entry of whoever signs in as `login`; None for a person who is not listed."""
    name = login.strip().casefold()
    _, at, domain = name.rpartition("@")
    found = {user.login: user for user in reversed(users)}
    return found.get(name) or (found.get(f"*@{domain}") if at else None)


def sees_raw_text(user: User, roles: Collection[Role]) -> bool:
    """Whether a person may see and hear what was masked; `roles` are those that may."""
    return user.role in roles if user.raw_text is None else user.raw_text


def read_roles(value: Any) -> tuple[Role, ...]:
    """A setting that names roles: a list of them, or their names with commas; `none` is no role. Raises ValueError,
    naming what is no role."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError('write a list of roles, such as ["admin", "lead"]')
    stripped = [name.strip() for name in names]
    if stripped == [NOBODY]:
        return ()
    for name in stripped:
        if name not in tuple(Role):
            raise ValueError(f"{name!r} is no role; there are {', '.join(Role)}, and {NOBODY} for nobody")
    return tuple(dict.fromkeys(map(Role, stripped)))


def read_users(value: Any) -> tuple[User, ...]:
    """The setting `dashboard_users`: tables, or JSON of a list of them. Raises ValueError, naming the entry."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON of a list of tables: {error}") from None
    if not isinstance(value, list | tuple):
        raise ValueError('write each as a table [[dashboard_users]] with login = "ana@example.com" and role = "lead"')
    users = tuple(_user(item, number) for number, item in enumerate(value, 1))
    logins = [user.login for user in users]
    for number, login in enumerate(logins, 1):
        if login in logins[: number - 1]:
            raise ValueError(f"entry {number}: {login} has an entry already")
    return users


def _user(item: Any, number: int) -> User:
    if isinstance(item, User):
        return item
    if not isinstance(item, Mapping):
        raise ValueError(f"entry {number} is not a table with login and role")
    for key in item:
        if key not in _KEYS:
            raise ValueError(f"entry {number} has no key {key!r}; it has {', '.join(_KEYS)}")
    login, role = item.get("login"), item.get("role")
    if not isinstance(login, str) or not login.strip() or any(sign.isspace() for sign in login.strip()):
        raise ValueError(f'entry {number}: login is {login!r}; give a name such as "ana@example.com"')
    name = login.strip().casefold()
    if "*" in name and not (name.startswith("*@") and len(name) > 2 and "*" not in name[1:]):
        raise ValueError(f"entry {number}: login is {login!r}; a * stands for a whole name only, as in *@example.com")
    if role not in tuple(Role):
        like = difflib.get_close_matches(str(role), tuple(Role), n=1)
        meant = f"is {like[0]} meant?" if like else f"there are {', '.join(Role)}"
        raise ValueError(f"entry {number}: role is {role!r}; {meant}")
    raw_text = item.get("raw_text")
    if raw_text is not None and not isinstance(raw_text, bool):
        raise ValueError(f"entry {number}: raw_text is {raw_text!r}; write true or false")
    return User(name, Role(role), _agent_id(item.get("agent_id"), name, role, number), raw_text)


def _agent_id(given: Any, name: str, role: str, number: int) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or not given.strip():
        raise ValueError(f'entry {number}: agent_id is {given!r}; give the id that calls have, such as "a-17"')
    if role != Role.AGENT:
        raise ValueError(f"entry {number}: agent_id is for the role agent only, and the role is {role}")
    if name.startswith("*"):
        raise ValueError(f"entry {number}: agent_id is one person's, and {name} is a whole domain")
    return given.strip()
