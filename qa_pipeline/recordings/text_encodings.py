"""Which encoding a call list is in, where nothing in it says so.

UTF-8 and UTF-16 are certain. The rest is judged by how much like names the text is that comes out; the reader says what
was taken, and a setting says it for sure. Detectors that weigh languages need pages of text, and a list of ten calls
holds a dozen letters that are not ASCII.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_LOOKED_AT = 4096  # bytes, for the zeros of UTF-16
_LINES_JUDGED = 500
_LEAST_SCORE = 0.35

# Characters of names and of words in call lists; a sample that is made of them is hardly anything else.
_CHINESE = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方"
    "石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华"
    "建国红玉梅春玲辉鹏飞波宇浩然子轩雨欣怡涵晨梦思佳雪婷慧莉倩琳薇悦小大天海山东南西北中心新安永志成德光云晓峰俊少民生客服务技术支持账单"
    "投诉销售订单咨询售后电话呼入呼出来去内部线队列坐席员工号组姓名日期时间语言通用业务部门业户理财信用卡贷款保险退换货物流会员普通话粤语备注"
    "陳張劉楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許沈呂蘇盧蔣賈葉閻餘鍾范譚鄒陸顧龍錢湯喬賀賴龔偉麗強軍艷傑濤蘭剛華國紅輝鵬飛軒夢雪慧莉"
    "帳單訂詢後電話呼內線隊員組語務門戶財貸險換貨會員普粵備註"
)
_KOREAN = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지수영현준연은경미희선숙자호철동상재승태빈원혜아라"
    "나다가객담부요금기술해결제일반의인바운드웃발착통화시간대리점장팀"
)
_LATIN_SIGNS = frozenset("€£§°–—‘’“”«»´·…")
_COMMON_LETTERS = frozenset("äöüßÄÖÜéèêëàâáíîïóôòúùûçñãõåøæÉÈÁÍÓÚÇÑÅØÆ")
_CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯёЁіїєґІЇЄҐ")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and the encoding where it had to be guessed. `bad_lines` (from 1) hold bytes that are not in it."""

    text: str
    guessed: str | None = None
    bad_lines: frozenset[int] = frozenset()


class UnknownEncoding(ValueError):
    """No encoding makes a believable text of the bytes; the message says where they begin."""


def check_encoding(name: str) -> str:
    """An encoding of texts. Raises ValueError for any other name."""
    try:
        codecs.lookup(name)
        "calls".encode(name)
    except (LookupError, ValueError):
        raise ValueError(f"{name!r} is not an encoding such as gb18030, cp1252, shift_jis or utf-16") from None
    return name


def certain_encoding(content: bytes) -> str | None:
    """UTF-8, UTF-16 or UTF-32, where a byte-order mark or the zeros say so; None for anything else."""
    named = next((encoding for mark, encoding in _BOMS if content.startswith(mark)), None)
    if named is not None:
        return named
    head = content[:_LOOKED_AT]
    even, odd = head[::2].count(0), head[1::2].count(0)
    few, many = len(head) // 100, len(head) // 10
    if even <= few and odd > many:
        return "utf-16-le"
    return "utf-16-be" if odd <= few and even > many else None


def decode_certain(content: bytes, encoding: str) -> str:
    """A text without byte-order marks. Raises UnicodeDecodeError."""
    return content.decode(encoding).lstrip("\ufeff")


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """The text of a list; `encoding` is what the settings say, for a file that doesn't say it itself.

    Raises:
        UnknownEncoding: the bytes are no text that can be told from others.
    """
    certain = certain_encoding(content)
    if certain is not None and certain != "utf-8":
        width = 4 if "32" in certain else 2
        whole = content[: len(content) // width * width]
        text = whole.decode(certain, "replace").lstrip("\ufeff")
        damaged = frozenset(text[: found.start()].count("\n") + 1 for found in re.finditer("\ufffd", text))
        return Decoded(text, bad_lines=damaged)
    while content.startswith(codecs.BOM_UTF8):
        content = content.removeprefix(codecs.BOM_UTF8)
    lines = _LINE.findall(content)
    if encoding is not None and certain is None:
        return _decoded(lines, encoding)
    odd = [number for number, line in enumerate(lines) if not _is_in(line, "utf-8")]
    if not odd or certain == "utf-8" or _is_utf8_with_faults(lines, odd):
        return _decoded(lines, "utf-8")
    sample = [line for line in lines if not line.isascii()][:_LINES_JUDGED]
    score, best = max((_score(sample, name, judge), name) for name, judge in _CANDIDATES.items())
    if score < _LEAST_SCORE:
        offset = sum(map(len, lines[: odd[0]]))
        raise UnknownEncoding(f"is not UTF-8 (line {odd[0] + 1}, byte {offset})")
    found = _decoded(lines, best)
    return Decoded(found.text, best, found.bad_lines)


def _decoded(lines: Sequence[bytes], encoding: str) -> Decoded:
    texts, bad = [], set()
    for number, line in enumerate(lines, 1):
        try:
            texts.append(line.decode(encoding))
        except UnicodeDecodeError:
            bad.add(number)
            texts.append(line.decode(encoding, "replace"))
    return Decoded("".join(texts), bad_lines=frozenset(bad))


def _is_in(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8_with_faults(lines: Sequence[bytes], odd: Sequence[int]) -> bool:
    """Whether most lines that are not ASCII are UTF-8, or only the end of the last one is missing."""
    good = sum(not line.isascii() for line in lines) - len(odd)
    if good >= len(odd):
        return True
    last = lines[-1]
    cut = [end for end in range(1, 4) if _is_in(last[:-end], "utf-8") and last[-end] >= 0xC2]
    return odd == [len(lines) - 1] and bool(cut)


def _score(sample: Sequence[bytes], encoding: str, judge: Callable[[str], Iterable[float]]) -> float:
    """How believable the text is, 0 to 1: the mean over characters that are not ASCII; failing lines count nothing."""
    marks: list[float] = []
    for line in sample:
        try:
            marks.extend(judge(line.decode(encoding)))
        except UnicodeDecodeError:
            marks.extend([0.0] * sum(byte > 0x7F for byte in line))
    return sum(marks) / len(marks) if marks else 0.0


def _by_character(text: str, *, mark: Callable[[str], float]) -> Iterable[float]:
    return (mark(character) for character in text if not character.isascii())


def _chinese(character: str, *, encoding: str, common_below: int) -> float:
    code = character.encode(encoding, "replace")
    if character in _CHINESE:
        return 1.0
    if character in "，。：；！？（）、“”《》【】—…":
        return 0.8
    if "\u4e00" <= character <= "\u9fff" and len(code) == 2:
        return 0.6 if code[0] < common_below and (encoding == "big5" or code[1] >= 0xA1) else 0.25
    return 0.05


def _japanese(text: str) -> Iterable[float]:
    narrow = [item for item in text if "\uff61" <= item <= "\uff9f"]
    for character in text:
        if character.isascii():
            continue
        if "\u3041" <= character <= "\u30fe":
            yield 1.0
        elif "\u4e00" <= character <= "\u9fff":
            yield 0.75 if character.encode("cp932", "replace")[0] < 0x98 else 0.2
        elif character in narrow:
            yield 0.4 if len(narrow) > 1 else 0.15
        else:
            yield 0.3


def _korean(character: str) -> float:
    if character in _KOREAN:
        return 1.0
    # Two bytes above ASCII: the 2,350 syllables of the first standard. The others are hardly ever written.
    usual = "\uac00" <= character <= "\ud7a3" and len(character.encode("euc_kr", "ignore")) == 2
    return 0.55 if usual else 0.1


def _letters(text: str, *, most: float) -> Iterable[float]:
    """A letter of a European name stands beside ASCII letters, seldom beside another one like itself."""
    for character, before, after in _with_neighbours(text):
        letters = [item for item in (before, after) if item.isalpha()]
        if character == "’" and len(letters) == 2:
            yield most
        elif not character.isalpha() or character in "ªºƒŸµ":
            yield 0.5 if character in _LATIN_SIGNS and not letters else 0.05
        elif not letters:
            yield 0.4
        elif not any(item.isascii() for item in letters):
            yield 0.15
        elif before.islower() and character.isupper():
            yield 0.1
        else:
            yield most if character in _COMMON_LETTERS else most * 0.85


def _cyrillic(text: str) -> Iterable[float]:
    for character, before, after in _with_neighbours(text):
        letters = [item for item in (before, after) if item.isalpha()]
        if character not in _CYRILLIC or any(item.isascii() for item in letters):
            yield 0.05
        elif not letters or (before.islower() and character.isupper()):
            yield 0.2
        else:
            yield 0.6 if character.isupper() and before.isupper() else 0.97


def _with_neighbours(text: str) -> Iterable[tuple[str, str, str]]:
    """Each character that is not ASCII, with those before and after it ("" at the ends)."""
    for position, character in enumerate(text):
        if not character.isascii():
            yield character, text[max(0, position - 1) : position], text[position + 1 : position + 2]


_CANDIDATES: dict[str, Callable[[str], Iterable[float]]] = {
    "gb18030": partial(_by_character, mark=partial(_chinese, encoding="gb18030", common_below=0xD8)),
    "big5": partial(_by_character, mark=partial(_chinese, encoding="big5", common_below=0xC7)),
    "cp932": _japanese,
    "euc_jp": _japanese,
    "cp949": partial(_by_character, mark=_korean),
    "cp1252": partial(_letters, most=0.9),
    "cp1250": partial(_letters, most=0.88),
    "cp850": partial(_letters, most=0.8),
    "mac_roman": partial(_letters, most=0.78),
    "cp1251": _cyrillic,
}
