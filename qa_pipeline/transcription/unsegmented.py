"""Writing without blanks between words, where a letter is the smallest thing that can be counted or found."""

from __future__ import annotations

_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # hiragana, katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def is_without_blanks(point: int) -> bool:
    """Whether the character of this code point belongs to such a writing."""
    # nearly all text that is asked about lies below the first block
    return point >= _BLOCKS[0][0] and any(low <= point <= high for low, high in _BLOCKS)
