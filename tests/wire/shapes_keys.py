"""Refusals of the key: nothing is taken, no recording fails for it, and the run says what to change where."""

from __future__ import annotations

from tests.wire.service import Strike, error
from tests.wire.shape import Shape

RESTRICTED = "Access denied by API-Key restrictions."


def _refused(name: str, code: str, message: str, stops: str, on: str = "submit") -> Shape:
    strike = Strike(on, error(403, code, message), takes=False)
    return Shape(name, (strike,), ends={"*": "planned"}, stops=stops, submits=None)


SHAPES = (
    _refused("a key for other models", "AccessDenied", RESTRICTED, "restricted to certain models or addresses"),
    _refused("a key for other addresses", "AccessDenied", f"IP {RESTRICTED}", "IP allowlist on the console"),
    _refused("a key refused before the upload", "AccessDenied", RESTRICTED, "edit it on the console's", "policy"),
    _refused("a model the workspace lacks", "Model.AccessDenied", "Model access denied.", "may not use the model"),
    _refused("another workspace", "Workspace.AccessDenied", "Workspace access denied.", "DASHSCOPE_WORKSPACE_ID"),
)
