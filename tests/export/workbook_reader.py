"""Reads a workbook by its parts (ECMA-376), with no code of the library that wrote it."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile

_MAIN = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheets(data: bytes) -> dict[str, list[dict[str, tuple[str, str]]]]:
    """Sheet name → its rows → column letter → (type, text). The type of a formula is `f`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))
        names = [str(sheet.get("name")) for sheet in book.findall("m:sheets/m:sheet", _MAIN)]
        shared = _shared(archive)
        return {
            name: _rows(archive.read(f"xl/worksheets/sheet{number}.xml"), shared)
            for number, name in enumerate(names, start=1)
        }


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = ET.fromstring(archive.read("xl/sharedStrings.xml"))
    return ["".join(part.text or "" for part in item.iter() if part.tag.endswith("}t")) for item in root]


def _rows(xml: bytes, shared: list[str]) -> list[dict[str, tuple[str, str]]]:
    root = ET.fromstring(xml)
    assert not any(node.tag.endswith("}hyperlink") for node in root.iter())
    return [
        {re.sub(r"\d", "", str(cell.get("r"))): _cell(cell, shared) for cell in row}
        for row in root.findall("m:sheetData/m:row", _MAIN)
    ]


def _cell(cell: ET.Element, shared: list[str]) -> tuple[str, str]:
    kind = cell.get("t", "n")
    if cell.find("m:f", _MAIN) is not None:
        return "f", ""
    if kind == "inlineStr":
        return "text", _unescaped("".join(node.text or "" for node in cell.iter() if node.tag.endswith("}t")))
    value = cell.find("m:v", _MAIN)
    text = value.text or "" if value is not None else ""
    return ("text", _unescaped(shared[int(text)])) if kind == "s" else (kind, text)


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
