"""Refusals that are about the settings or the account, and those that are about one recording."""

from __future__ import annotations

from tests.wire.service import Strike, error, text
from tests.wire.shape import Shape


def _refused(name: str, message: str, stops: str, code: str = "InvalidParameter") -> Shape:
    strike = Strike("submit", error(400, code, message), takes=False)
    return Shape(name, (strike,), ends={"*": "planned"}, stops=stops, submits=None)


def _storage(code: str, status: int = 400) -> Strike:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return Strike("upload", text(status, body, "application/xml"), of="bank", takes=False)


def _failing(name: str, code: str, times: int, **outcome: object) -> Shape:
    strike = Strike("task", fails=(code, code), of="bank", channel=0, nth=tuple(range(1, times + 1)))
    return Shape(name, (strike,), **outcome)  # type: ignore[arg-type]


OF_THE_SERVICE = ("InternalError", "InternalError.Timeout", "SystemError", "Throttling.RateQuota")

SHAPES = (
    _refused("a model that answers at once, asked in a task", "url error, please check url！", "check the model name"),
    _refused("a model that is not", "Model not exist.", "Model not exist.*check the model name"),
    _refused(
        "a parameter that no model takes", "language is not supported", "3 recordings the same refusal.*run again"
    ),
    _refused("refusals that name each file", "can't read oss://dashscope-instant/1/qa-7.wav", "the same refusal"),
    _refused("a code that nobody knows", "no", "the same refusal and took none: Never.Heard", "Never.Heard"),
    _refused("addresses that can't be reached from outside", "Connection refused", "public http", "InvalidURL"),
    Shape(
        "one recording is refused while others are taken",
        (Strike("submit", error(400, "InvalidParameter", "no"), of="bank", takes=False),),
        ends={"bank": "failed"},
        then={"bank": "failed"},
        says="InvalidParameter: no",
    ),
    Shape(
        "every recording's bytes are refused",
        (Strike("submit", error(400, "InvalidFile.AudioLengthError", "too short"), takes=False),),
        ends={"*": "failed"},
        then={"*": "failed"},
        says="AudioLengthError: too short",
    ),
    *(
        Shape(
            f"the storage answers {code} for one file",
            (_storage(code, status),),
            ends={"bank": "failed"},
            then={"bank": "failed"},
            says=code,
            submits=4,
        )
        for code, status in (("EntityTooLarge", 400), ("InvalidObjectName", 400), ("NeverHeardOf", 400))
    ),
    Shape(
        "the storage takes no key",
        (Strike("upload", _storage("SignatureDoesNotMatch", 403).reply, takes=False),),
        ends={"*": "planned"},
        stops="SignatureDoesNotMatch",
    ),
    *(_failing(f"a task fails with {code} twice", code, 2, submits=8) for code in OF_THE_SERVICE),
    _failing(
        "a task fails with InternalError three times",
        "InternalError",
        3,
        ends={"bank/0": "failed"},
        then={"bank/0": "failed"},
        submits=8,
    ),
    Shape(
        "the account is in arrears when the tasks run",
        (Strike("task", fails=("Arrearage", "Access denied, please make sure your account is in good standing.")),),
        ends={"*": "planned"},
        stops="settle the account's bill",
        submits=12,
    ),
)
