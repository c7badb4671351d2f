"""The words in written times: months, weekdays, halves of the day, zones. Tables only."""

from __future__ import annotations

import datetime as dt

_MONTH_WORDS = (
    # English; German; French; Spanish; Italian; Portuguese; Dutch
    "jan january januar jänner janvier janv ene enero gen gennaio janeiro januari",
    "feb february februar fév févr février fev febrero febbraio fevereiro februari",
    "mar march mär märz mrz mars marzo março mrt maart",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio maio mei",
    "jun june juni juin junio giu giugno junho",
    "jul july juli juil juillet julio lug luglio julho",
    "aug august aoû août ago agosto augustus",
    "sep sept september septembre septiembre set settembre setembro",
    "oct october okt oktober octobre octubre ott ottobre out outubro",
    "nov november novembre noviembre novembro",
    "dec december dez dezember déc décembre dic diciembre dicembre dezembro",
)
MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
"""Names of months, in lower case and without a point, to 1 to 12."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The first three letters of the English weekdays, Monday first."""

HALVES = {
    "am": 0, "上午": 0, "午前": 0, "오전": 0,
    "pm": 12, "下午": 12, "午後": 12, "오후": 12,
}  # fmt: skip
"""Words for the half of the day, to the hours that they add."""

_OFFSET_HOURS = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3,
    "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "edt": -4, "pdt": -7, "pst": -8, "mdt": -6, "akdt": -8, "akst": -9, "hst": -10,
    "est": -5, "cdt": -5, "mst": -7,
}  # fmt: skip
ZONES = {word: dt.timezone(dt.timedelta(hours=hours)) for word, hours in _OFFSET_HOURS.items()}
"""Abbreviations of zones that have one meaning. CST, IST and BST have several."""

OBSERVED_IN = {
    "wet": "Europe/Lisbon", "cet": "Europe/Berlin", "eet": "Europe/Helsinki", "est": "America/New_York",
    "mst": "America/Denver", "pst": "America/Los_Angeles", "aest": "Australia/Sydney", "nzst": "Pacific/Auckland",
}  # fmt: skip
"""Where the clocks show another zone in summer: people write CET all year and mean the clock on the wall."""
