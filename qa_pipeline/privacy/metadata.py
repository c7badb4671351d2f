"""What the metadata of a call say of the people in it, by the names of their keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from qa_pipeline.privacy.known_values import LEAST_NAME, LEAST_NUMBER, KnownValue
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.policy import Kind, RedactionPolicy

LEAST_LINE = 7
"""Digits of a telephone number at keys such as `from`, which hold other things too."""

_LEAST_PLURAL = 5
_LAST_PARTS = 2

_KEYS: Mapping[Kind, tuple[str, ...]] = {
    "email": ("email", "mail", "correo", "courriel", "邮箱", "邮件", "メール"),
    "phone": (
        "phone", "mobile", "cell", "tel", "ani", "caller_id", "callerid", "caller_number", "cli", "msisdn",
        "number_from", "from_number", "customer_number", "remote_number", "telefono", "telephone", "telefon", "handy",
        "rufnummer", "电话", "手机",
        "号码", "電話", "携帯",
    ),
    "iban": ("iban",),
    "card": ("card", "pan", "卡号", "カード"),
    "account": (
        "account", "policy_number", "member", "contract", "cuenta", "compte", "konto", "kontonummer", "kundennummer",
        "vertragsnummer", "账号", "账户", "会员",
        "客户号", "客户编号", "口座", "会員",
    ),
    "id_number": ("passport", "ssn", "national_id", "id_number", "ausweis", "reisepass", "身份证", "证件"),
    "name": (
        "customer", "client", "caller", "contact", "name", "surname", "nombre", "apellido", "apellidos", "nom",
        "prenom", "cliente", "kunde", "anrufer", "ansprechpartner", "speaker", "participant", "attendee", "cardholder",
        "card_holder", "account_holder", "policyholder", "insured", "patient", "subscriber", "borrower",
        "beneficiary", "claimant", "passenger",
        "姓名", "客户", "客户名", "联系人", "氏名", "名前", "顧客名", "お客様名",
    ),
}  # fmt: skip
_KEYS_OF: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(normalize(key) for key in keys) for kind, keys in _KEYS.items()
}
_NAMES = frozenset(
    normalize(
        "name firstname lastname fullname surname nombre apellido nom prenom vorname nachname familienname kundenname"
    ).split()
)
_LINES = frozenset(("from", "to", "src", "dst", "clid"))
"""Ends of keys that name the two ends of a line; their values are telephone numbers where they have the digits."""
_LINE = re.compile(r"\+?\d[\d\s().-]{5,}\d")

_NOT_PERSONAL = frozenset(
    normalize("agent agente queue team file skill campaign product company supervisor site").split()
)
"""Parts of keys whose values are no customer's."""
_NO_PERSON = frozenset(
    normalize(
        "employee operator rep department group project service plan server host event channel trunk line country city "
        "region shop store brand process workflow flow tenant org organization organisation business call recording "
        "tag topic category disposition status reason model engine vendor provider bank system app device script "
        "template list field user type segment "
        "producto produit equipo equipe cola empresa entreprise campana campagne archivo fichier servicio plataforma"
    ).split()
)
"""Parts of keys whose values may be personal, but are no names of customers."""
_NOT_PERSONAL_UNSEGMENTED = tuple(
    normalize("坐席 座席 客服 队列 技能 产品 公司 部门 项目 商品 担当 オペレータ 会社 文件").split()
)

_OF_AGENTS = frozenset(normalize("agent operator employee staff agente conseiller mitarbeiter 坐席 客服").split())
_NO_NAMES = frozenset(
    normalize(
        "unknown anonymous unavailable private restricted withheld none null test customer caller client new old "
        "existing returning regular web phone email mail chat sms app voice call online mobile website branch "
        "billing sales support service services inbound outbound callback complaint order orders payment payments "
        "technical tech retention main default other guest user admin yes no true false n/a na nan undefined "
        "business residential consumer vip gold silver premium basic standard active inactive internal external "
        "desconocido anonimo nuevo nueva cliente ventas soporte facturacion inconnu anonyme nouveau nouvelle client "
        "ventes facturation 未知 匿名 新客户 老客户 客户 无 未登记 不明 匿名 非通知 新規 既存 顧客 なし"
    ).split()
)
"""What systems write where they know no name, or of what kind the caller is."""
_MOST_DEPTH = 4


def known_of(
    customer_id: str | None, extra: Mapping[str, Any], agent_names: Iterable[str], further_keys: Iterable[str] = ()
) -> list[KnownValue]:
    """What the metadata of a call say of its people; `extra` are keys that mean nothing to the product, `further_keys`
    those of them that the settings name."""
    found = [KnownValue("account", customer_id)] if customer_id else []
    further = {_bare_key(key) for key in further_keys}
    for key, text in _values_in(extra):
        if key in further:
            found += [KnownValue("name", text)] if len(text) >= LEAST_NAME else []
        elif (kind := _kind_of_key(key)) is not None:
            found += [KnownValue(kind, value) for value in _fitting(kind, key, text)]
    found += [KnownValue("agent_name", name) for name in agent_names if name]
    return list(dict.fromkeys(found))


def known_of_call(
    customer_id: str | None, extra: Any, agent_names: Iterable[str | None], policy: RedactionPolicy
) -> list[KnownValue]:
    """As `known_of`, by a policy; `extra` that is no mapping says nothing."""
    agents = [name for name in agent_names if name] if policy.agent_name == "mask" else []
    return known_of(customer_id, extra if isinstance(extra, Mapping) else {}, agents, policy.known)


def is_about_a_person(key: str, further_keys: Iterable[str] = ()) -> bool:
    """Whether a key's value says who somebody is; `further_keys` are those that the settings name."""
    bare = _bare_key(key)
    return _kind_of_key(bare) is not None or bare in {_bare_key(each) for each in further_keys}


def _values_in(value: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """The texts and whole numbers of metadata with their keys, those of tables within by both: customer_name."""
    if isinstance(value, Mapping) and depth < _MOST_DEPTH:
        if _is_agent(value):
            return
        for name, each in value.items():
            yield from _values_in(each, f"{key}_{_bare_key(str(name))}".strip("_"), depth + 1)
    elif isinstance(value, list | tuple) and depth < _MOST_DEPTH:
        for each in value:
            yield from _values_in(each, key, depth + 1)
    elif isinstance(value, float) and value.is_integer():
        yield key, str(int(value))
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield key, str(value).strip()


def _is_agent(value: Mapping[Any, Any]) -> bool:
    """Whether a table within says of itself that it is about the agent: {"name": "Ana", "role": "agent"}."""
    roles = (value.get(key) for key in ("role", "type", "party", "side"))
    return any(isinstance(role, str) and normalize(role).strip() in _OF_AGENTS for role in roles)


def _bare_key(key: str) -> str:
    """`customer_name` for "Customer Name", customer-name, CustomerName and customerName."""
    return re.sub(r"[\s._-]+", "_", normalize(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key))).strip("_")


def _kind_of_key(bare: str) -> Kind | None:
    parts = {part.removesuffix("s") if len(part) >= _LEAST_PLURAL else part for part in bare.split("_")}
    if parts & _NOT_PERSONAL or any(word in bare for word in _NOT_PERSONAL_UNSEGMENTED):
        return None
    if bare.rpartition("_")[2] in _LINES:
        return "phone"
    if parts & _NAMES:
        beside = bare.split("_")[-_LAST_PARTS:]
        return None if _NO_PERSON.intersection(beside) else "name"
    for kind, keys in _KEYS_OF.items():
        if (
            bare in keys
            or bare.removesuffix("s") in keys
            or (kind != "name" and parts & keys)
            or any(_has(bare, key) for key in keys)
        ):
            return kind
    return None


def _has(bare: str, key: str) -> bool:
    """Whether a key that is written without blanks has another one in it: 客户电话. A single word for a person may be
    the begin of anything: 客户等级."""
    return not key.isascii() and key != "客户" and key in bare


def _fitting(kind: Kind, key: str, text: str) -> list[str]:
    """What of a value is one of this kind, none or one."""
    if kind == "name":
        return [text] if _is_name(key, text) else []
    if kind == "email":
        return [text] if "@" in text else []
    if kind == "phone" and (key.rpartition("_")[2] in _LINES or any(char.isalpha() for char in text)):
        numbers = sorted(_LINE.findall(text), key=len)
        return [each for each in numbers[-1:] if sum(map(str.isdigit, each)) >= LEAST_LINE]
    return [text] if sum(map(str.isdigit, text)) >= LEAST_NUMBER else []


def _is_name(key: str, text: str) -> bool:
    """Whether a value is a name: none of the words that systems write, and where the key may say of what kind somebody
    is (`customer`) no single word in small letters."""
    words = normalize(text).split()
    if len(text) < LEAST_NAME or all(word in _NO_NAMES for word in words):
        return False
    is_vague = key in _KEYS_OF["name"] or not key.rpartition("_")[2].endswith("name")
    return not (is_vague and len(words) == 1 and text.isascii() and text.islower() and text.isalpha())
