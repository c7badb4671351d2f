"""What an alert says, in English and Chinese: one line for a cause, a headline for a message.

The words stand here in both languages, as a channel has the language of those who read it; pages have their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from qa_pipeline.alerts.causes import Cause, CauseKind, Severity, gravest
from qa_pipeline.alerts.channels import Language

NAME = "QA"
"""Every headline begins with it: a receiver that asks for a keyword is given this one."""

LONGEST_LINE = 400
_LONGEST_NAME = 120

_SEVERITY: dict[Severity, tuple[str, str]] = {
    "info": ("Info", "提示"),
    "low": ("Low", "低"),
    "medium": ("Medium", "中"),
    "high": ("High", "高"),
    "critical": ("Critical", "紧急"),
}
_COUNTED: dict[str, tuple[str, str]] = {
    "failed": ("failed", "失败"),
    "partial": ("were transcribed in part", "仅部分转写"),
    "quarantined": ("are quarantined", "被隔离"),
    "defects": ("have a defect of the recording", "录音有缺陷"),
    "escalated": ("escalated", "情绪升级"),
    "recovered": ("recovered", "情绪好转"),
    "dead_air": ("have dead air", "有长时间静默"),
}
_RATES: dict[str, tuple[str, str]] = {
    "failed": ("Share of failed calls", "失败通话占比"),
    "partial": ("Share of calls transcribed in part", "部分转写通话占比"),
    "quarantined": ("Share of quarantined calls", "隔离通话占比"),
    "defects": ("Share of calls with a defect of the recording", "录音缺陷通话占比"),
    "escalated": ("Share of calls that escalated", "情绪升级通话占比"),
    "recovered": ("Share of calls that recovered", "情绪好转通话占比"),
    "dead_air": ("Share of calls with dead air", "有长时间静默的通话占比"),
}


def headline(causes: Sequence[Cause], language: Language) -> str:
    """One line about a message: of its cause, or how many there are and how grave."""
    zh = language == "zh"
    if len(causes) == 1:
        grave = _SEVERITY[causes[0].severity][zh]
        return f"{NAME} · {grave}{'：' if zh else ': '}{_heading(causes[0], language)}"
    grave = _SEVERITY[gravest([cause.severity for cause in causes])][zh]
    return (
        f"{NAME} · {len(causes)} 条提醒，最高级别：{grave}" if zh else f"{NAME} · {len(causes)} alerts, up to {grave}"
    )


def line(cause: Cause, language: Language) -> str:
    """All that is told of a cause, in one line."""
    zh = language == "zh"
    parts = [_SEVERITY[cause.severity][zh], _heading(cause, language), *_about(cause, language)]
    return one_line(" · ".join(parts), LONGEST_LINE)


def more(count: int, language: Language) -> str:
    """What is said of causes that a message has no room for."""
    return f"另有 {count} 条，请在看板中查看" if language == "zh" else f"and {count} more: see the dashboards"


def severity_word(severity: Severity, language: Language) -> str:
    """How grave, in a word."""
    return _SEVERITY[severity][language == "zh"]


def opens(language: Language) -> str:
    """The words of a link."""
    return "打开" if language == "zh" else "Open"


def one_line(text: str, longest: int) -> str:
    """A text without line breaks and control characters, cut where it is too long."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _heading(cause: Cause, language: Language) -> str:
    return one_line(_HEADINGS[cause.kind](cause, language == "zh"), _LONGEST_NAME + 40)


def _of_rule(cause: Cause, zh: bool) -> str:
    is_hit = cause.facts.get("outcome") != "miss"
    said = ("命中规则" if is_hit else "未满足规则") if zh else ("rule hit" if is_hit else "rule missed")
    review = ("（需人工复核）" if zh else " (to be reviewed)") if cause.facts.get("needs_review") else ""
    return f"{said}{'：' if zh else ': '}{one_line(cause.title, _LONGEST_NAME)}{review}"


def _of_auto_fail(cause: Cause, zh: bool) -> str:
    return f"评估一票否决：{cause.title}" if zh else f"evaluation failed by an answer: {cause.title}"


def _of_run(cause: Cause, zh: bool) -> str:
    return f"运行失败：{cause.title}" if zh else f"run failed: {cause.title}"


def _of_share(cause: Cause, zh: bool) -> str:
    share, count, n = _percent(cause.facts["value"]), cause.facts["count"], cause.facts["n"]
    said = _COUNTED[str(cause.facts["counted"])][zh]
    return f"{share} 的通话{said}（{count}/{n}）" if zh else f"{share} of calls {said} ({count} of {n})"


def _of_rate(cause: Cause, zh: bool) -> str:
    facts, counted = cause.facts, cause.facts.get("counted")
    name = _RATES[str(counted)][zh] if counted else one_line(cause.title, _LONGEST_NAME)
    if cause.rule_id is not None:
        name = f"规则命中率（{name}）" if zh else f"Rate of the rule {name}"
    value, low, high = (_figure(facts[key], facts.get("is_share")) for key in ("value", "low", "high"))
    if zh:
        return f"{name}为 {value}，超出控制限 {low}–{high}"
    return f"{name} is {value}, outside its control limits {low} to {high}"


def _of_test(_cause: Cause, zh: bool) -> str:
    return "测试消息，无需处理" if zh else "this is a test, nothing is to be done"


_HEADINGS: dict[CauseKind, Callable[[Cause, bool], str]] = {
    CauseKind.RULE: _of_rule,
    CauseKind.AUTO_FAIL: _of_auto_fail,
    CauseKind.FAILED_RUN: _of_run,
    CauseKind.SHARE: _of_share,
    CauseKind.RATE: _of_rate,
    CauseKind.TEST: _of_test,
}


def _about(cause: Cause, language: Language) -> list[str]:
    zh = language == "zh"
    named = (
        ("通话", "call", cause.call_id),
        ("日期", "", _days(cause)),
        ("班组", "team", cause.team),
        ("坐席", "agent", cause.agent),
        ("队列", "queue", cause.queue),
        ("步骤", "steps", _steps(cause)),
        ("通话数", "calls", _calls(cause)),
    )
    return [
        f"{chinese if zh else english} {one_line(str(value), _LONGEST_NAME)}".strip()
        for chinese, english, value in named
        if value
    ]


def _days(cause: Cause) -> str | None:
    first, last = cause.call_date, cause.facts.get("last_day")
    if first is None:
        return None
    return f"{first}/{last}" if last and str(last) != str(first) else str(first)


def _steps(cause: Cause) -> str | None:
    steps = cause.facts.get("steps")
    return ", ".join(steps) if isinstance(steps, list) and steps else None


def _calls(cause: Cause) -> str | None:
    return f"{cause.facts['n']}" if cause.kind is CauseKind.RATE else None


def _figure(value: object, is_share: object) -> str:
    return _percent(value) if is_share else f"{float(str(value)):.4g}"


def _percent(value: object) -> str:
    return f"{100 * float(str(value)):.3g}%"


def moment(at: float) -> str:
    """A moment as generic receivers read it, ISO 8601 in UTC; `at` in UTC epoch seconds."""
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="seconds")
