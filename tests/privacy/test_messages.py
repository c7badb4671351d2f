"""Explanations of others lose what is personal by its shape, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import column, create_engine, insert, select, table, text

from qa_pipeline.dashscope.errors import ContentRefused
from qa_pipeline.ledger.column_types import Explanation
from qa_pipeline.privacy.messages import without_personal


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("refused: my card is 4539 1488 0343 6467", "refused: my card is [card]"),
        ("refused: 'jane.miller@example.com'", "refused: '[email]'"),
        ("the text '我的手机13800138000' is refused", "the text '我的手机[phone]' is refused"),
        ("call 020 7946 0958 is inappropriate", "call [phone] is inappropriate"),
        ("refused: DE89370400440532013000, AD1200012030200359100100", "refused: [iban], [iban]"),
    ],
)
def test_what_is_personal_goes(said: str, kept: str) -> None:
    assert without_personal(said) == kept
    assert without_personal(kept) == kept


@pytest.mark.parametrize(
    "said",
    [
        "the file has 2147483648 bytes, and 2147483 ms",
        "Model qwen3-asr-flash-20251117 does not exist",
        "https://example.com/2025-09-01/c0101-20250901101112.wav can't be fetched",
        "request 4f0c1a2e-1234-5678-9abc-123456789012 at 2025-09-01 10:11:12",
        "The address 203.0.113.77 is not allowed",
        "task_id=123456789012 is not found",
        "kept in raw/odd/2025-09-01/ad389d500cae4846bf7b3f567c8d161d-4f53cda1.odd; ask again",
        "task be389d50-0041-4846-1272-3f567c8d1610 of call 1 is not found",
        "the file ae10000000000000000000000000000000000000000000000000000000000000 has changed",
    ],
)
def test_what_says_what_is_wrong_stays(said: str) -> None:
    assert without_personal(said) == said


def test_neither_an_error_nor_the_ledger_keeps_it() -> None:
    said = "refused: my card is 4539 1488 0343 6467"
    assert "4539" not in str(ContentRefused("DataInspectionFailed", said, 400))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("create table noted (message text)"))
        noted = table("noted", column("message", Explanation))
        connection.execute(insert(noted).values(message=said))
        assert connection.execute(select(noted.c.message)).scalars().all() == ["refused: my card is [card]"]
