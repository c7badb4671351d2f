"""The words in which phone systems write directions, channels and languages. Tables only."""

from __future__ import annotations

from qa_pipeline.transcription.languages import REQUEST_LANGUAGE_NAMES, REQUEST_LANGUAGES

_INBOUND = (
    "inbound incoming in inward received terminating eingehend ankommend entrante entrant entrada entrata recebida "
    "ricevuta входящий входящая 呼入 来电 來電 呼入电话 着信 受信 インバウンド 수신 인바운드"
)
_OUTBOUND = (
    "outbound outgoing out outward dialed placed originating ausgehend abgehend saliente sortant saída uscita "
    "effettuata исходящий исходящая 呼出 去电 去電 外呼 呼出电话 発信 アウトバウンド 발신 아웃바운드"
)
_INTERNAL = "internal intern interne interno interna internally внутренний внутренняя 内部 內部 内线 内線 내선"

DIRECTIONS: dict[str, str] = {
    word: direction
    for direction, words in (("inbound", _INBOUND), ("outbound", _OUTBOUND), ("internal", _INTERNAL))
    for word in words.split()
}
"""Words that name a direction, in lower case."""

_BESIDE = (
    "call calls api dial dialer dialled voice phone telephone pstn sip trunk external acd queue direct campaign "
    "trunking leg preview predictive progressive power "
    "manual anruf gespräch llamada appel chiamata chamada ligação звонок "
    "電話 电话 통화"
)
WORDS_BESIDE_A_DIRECTION = frozenset(_BESIDE.split())
"""Words that may stand beside a direction without changing it: `outbound_api`, `Incoming Call`."""

CHANNELS: dict[str, int] = {
    word: channel
    for channel, words in (
        (0, "0 left l false links gauche izquierda izquierdo sinistra esquerda 左 左声道 左聲道 왼쪽"),
        (1, "1 right r true rechts droite derecha derecho destra direita 右 右声道 右聲道 오른쪽"),
    )
    for word in words.split()
}
"""Words that name a channel: left is 0."""

UNKNOWN_LANGUAGES = frozenset({"und", "auto", "unknown"})
"""What stands for a language that nobody knows: the service detects it, as where nothing is given."""

_THREE_LETTERS = {
    "zho": "zh", "chi": "zh", "cmn": "zh", "eng": "en", "jpn": "ja", "deu": "de", "ger": "de", "kor": "ko", "rus": "ru",
    "fra": "fr", "fre": "fr", "por": "pt", "ara": "ar", "ita": "it", "spa": "es", "hin": "hi", "ind": "id", "tha": "th",
    "tur": "tr", "ukr": "uk", "vie": "vi", "ces": "cs", "cze": "cs", "dan": "da", "tgl": "fil", "tl": "fil",
    "fin": "fi", "isl": "is", "ice": "is", "msa": "ms", "may": "ms", "zsm": "ms", "nor": "no", "nob": "no", "nno": "no",
    "nb": "no", "nn": "no", "pol": "pl", "swe": "sv",
    "nld": "nl", "dut": "nl", "ell": "el", "gre": "el", "hun": "hu", "ron": "ro", "rum": "ro", "bul": "bg",
    "hrv": "hr", "slk": "sk", "slo": "sk",
}  # fmt: skip
_OWN_NAMES = {
    "zh": "中文 汉语 漢語 普通话 普通話 国语 國語 华语 mandarin 中国語 중국어",
    "yue": "粤语 粵語 广东话 廣東話",
    "en": "英语 英語 영어 englisch anglais inglés",
    "ja": "日本語 日语 日語 일본어",
    "de": "deutsch",
    "ko": "한국어 韩语 韓語",
    "ru": "русский",
    "fr": "français",
    "pt": "português",
    "ar": "العربية",
    "it": "italiano",
    "es": "español castellano castilian",
    "hi": "हिन्दी हिंदी",
    "id": "bahasa_indonesia",
    "th": "ไทย ภาษาไทย",
    "tr": "türkçe",
    "uk": "українська",
    "vi": "tiếng_việt",
    "cs": "čeština",
    "da": "dansk",
    "fil": "tagalog pilipino",
    "fi": "suomi",
    "is": "íslenska",
    "ms": "bahasa_melayu",
    "no": "norsk bokmål nynorsk",
    "pl": "polski",
    "sv": "svenska",
    "nl": "nederlands",
    "el": "ελληνικά",
    "hu": "magyar",
    "ro": "română",
    "bg": "български",
    "hr": "hrvatski",
    "sk": "slovenčina",
}
LANGUAGES: dict[str, str] = {
    **{code: code for code in REQUEST_LANGUAGES},
    **{name.casefold(): code for code, name in REQUEST_LANGUAGE_NAMES.items()},
    **_THREE_LETTERS,
    **{name.replace("_", " "): code for code, names in _OWN_NAMES.items() for name in names.split()},
}
"""Codes of ISO 639 and names of languages, in lower case, to the service's code."""
