"""Which values of a call's metadata say who somebody is, so that they are looked for everywhere: by an explicit list of
keys, and never what is a word of programs, a date or a short number, whatever its key."""

from __future__ import annotations

import re

from qa_pipeline.recordings.keys import folded

LEAST_NAME = 3
LEAST_DIGITS = 6

_WHOSE = (
    "", "customer", "client", "caller", "callee", "contact", "person", "subscriber", "member", "policyholder",
    "patient", "user", "party", "客户", "顾客", "来电", "联系人", "用户",
)  # fmt: skip
_NAMES = (
    "name",
    "fullname",
    "firstname",
    "lastname",
    "middlename",
    "givenname",
    "familyname",
    "surname",
    "姓名",
    "名字",
)
_OTHERS = (
    "phone", "phonenumber", "phoneno", "telephone", "telephonenumber", "tel", "mobile", "mobilephone", "mobilenumber",
    "cell", "cellphone", "number", "msisdn", "ani", "dnis", "from", "to", "email", "emailaddress", "mail",
    "mailaddress", "address", "street", "streetaddress", "postaladdress", "account", "accountno", "accountnumber",
    "accountid", "iban", "cardnumber", "contractnumber", "policynumber", "membernumber", "customernumber",
    "clientnumber", "passport", "passportnumber", "idnumber", "idcard", "socialsecuritynumber", "ssn", "taxid",
    "id", "电话", "电话号码", "手机", "手机号", "手机号码", "邮箱", "电子邮箱", "地址", "住址", "账号", "帐号", "卡号",
    "身份证", "身份证号", "号码",
)  # fmt: skip
_TOO_WIDE = frozenset({"number", "from", "to", "id", "号码", "名字"})
"""Keys that mean a person only where they say whose they are."""
_NAME_KEYS = frozenset(whose + own for whose in _WHOSE for own in _NAMES)
_KEYS = frozenset({
    *(key for key in _NAME_KEYS if key not in _TOO_WIDE),
    *(whose + own for whose in _WHOSE for own in _OTHERS if whose or own not in _TOO_WIDE),
    *(whose for whose in ("customer", "client", "caller", "callee", "客户", "顾客", "联系人") if whose),
})  # fmt: skip
_OF_OTHERS = re.compile(r"agent|operator|supervisor|team|file|queue|skill|campaign|product|坐席|客服", re.IGNORECASE)

_NUMBER = re.compile(r"[\d\s.,+()/-]+")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_SAYS_NOTHING = frozenset({
    "true", "false", "yes", "no", "none", "null", "nil", "unknown", "anonymous", "withheld", "private", "unavailable",
    "restricted", "other", "guest", "test", "default", "success", "failure", "started", "canceled", "queued",
    "customer", "caller", "client", "agent",
})  # fmt: skip
_DATE = re.compile(
    r"(?:19|20)\d\d(?P<mark>[-/.]?)(?:0?[1-9]|1[0-2])(?P=mark)(?:0?[1-9]|[12]\d|3[01])(?:[T ].*)?"
    r"|\d{1,2}(?P<other>[-/.])\d{1,2}(?P=other)(?:\d\d|(?:19|20)\d\d)"
)


def is_personal(key: str, value: str) -> bool:
    """Whether a value is looked for; `key` is its own behind those above it, parted by dots: `customer.name`."""
    above, _, last = key.rpartition(".")
    if _OF_OTHERS.search(key) or not _is_personal_key(above, last):
        return False
    return len(value) >= LEAST_NAME and not _is_common(value, is_name=folded(last).endswith(_NAMES))


def _is_personal_key(above: str, last: str) -> bool:
    own = folded(last)
    whole = folded(above.rpartition(".")[2]) + own
    return own in _KEYS or (bool(above) and whole in _KEYS)


def _is_common(value: str, *, is_name: bool) -> bool:
    """What stands in tables and events of programs for something else than a person."""
    if value.casefold() in _SAYS_NOTHING or _DATE.fullmatch(value):
        return True
    if _NUMBER.fullmatch(value):
        return sum(char.isdigit() for char in value) < LEAST_DIGITS
    return (
        bool(_CONSTANT.fullmatch(value))
        and not any(char.isdigit() for char in value)
        and not (is_name and "_" not in value)
    )
