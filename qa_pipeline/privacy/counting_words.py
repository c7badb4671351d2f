"""Words of months and places in a row, and with those of numbers all that count."""

from __future__ import annotations

from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.number_tables import GERMAN, LANGUAGES, REPEATS

_MONTHS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre "
    "januar februar marz mai juni juli oktober dezember "
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
)
MONTHS = frozenset(_MONTHS.split())
_SMALL_ORDINALS = "erste zweite dritte vierte funfte sechste siebte achte neunte zehnte elfte zwolfte"
_GERMAN_ORDINALS = [
    *_SMALL_ORDINALS.split(),
    *(f"{word}{'te' if value < 20 else 'ste'}" for word, value in GERMAN.small.items() if 12 < value < 32),
]
ORDINALS = frozenset(
    normalize(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth premier primero "
    ).split()
) | {f"{word}{end}" for word in _GERMAN_ORDINALS for end in ("n", "r")}
_FURTHER_ORDINALS = normalize(
    "primera segundo segunda tercero tercera cuarto cuarta quinto quinta sexto sexta septimo octavo noveno decimo "
    "premiere deuxieme seconde troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme"
).split()
COUNTING_WORDS = frozenset(
    {
        *(
            word
            for language in LANGUAGES.values()
            for words in (language.small, language.tens, language.hundreds, language.thousands)
            for word in words
        ),
        *REPEATS, *MONTHS, *ORDINALS, *_FURTHER_ORDINALS,
    }
)  # fmt: skip
"""Words of numbers, months and places in a row, in whichever language."""
