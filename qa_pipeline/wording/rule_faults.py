"""What is wrong with a rule or a dialogue, in the reader's language.

Reading says it in English, with file and line, for commands and editors; here a sentence is known again by its form.
What libraries say of YAML and of expressions is known as far as people run into it.
"""

from __future__ import annotations

from qa_pipeline.wording.known_forms import KnownForms
from qa_pipeline.wording.languages import to_translate

FORMS = (
    to_translate("{file}, line {line}: {reason}."),
    to_translate("line {line}: {reason}"),
    to_translate("{file}: a rule begins with the lines id: and title:, see docs/rules.md."),
    to_translate("{file}: there is no phrase in it; write one per line."),
    to_translate("{file}: not YAML: {said}."),
    to_translate("{file} is not UTF-8 (byte {number}); save it as UTF-8."),
    to_translate("duplicate key {key}: it is written twice; keep one of both"),
    to_translate("{reason}; a tab is not allowed there, write blanks"),
    to_translate("{reason}; correct it, or write it in quotes"),
    to_translate("{reason}: look-around can't be used, as it makes matching slow; say it by near, without or sequence"),
    to_translate("{reason}: a rule can't refer back to a group; write what it stands for"),
    to_translate("{reason}; see https://github.com/google/re2/wiki/Syntax"),
    to_translate("found character {said} that cannot start any token"),
    to_translate("mapping values are not allowed here"),
    to_translate("could not find expected ':'"),
    to_translate("expected <block end>, but found {said}"),
    to_translate("expected the node content, but found {said}"),
    to_translate("did not find expected {said}"),
    to_translate("found unexpected end of stream"),
    to_translate("expected ',' or {sign}, but got {said}"),
    to_translate("invalid literal for int() with base 10: {said}"),
    to_translate("invalid perl operator: {said}"),
    to_translate("invalid escape sequence: {said}"),
    to_translate("missing ): {said}"),
    to_translate("missing ]: {said}"),
    to_translate("unexpected ): {said}"),
    to_translate("no argument for repetition operator: {said}"),
    to_translate("bad repetition operator: {said}"),
    to_translate("invalid repetition size: {said}"),
    to_translate("invalid character class range: {said}"),
    to_translate("invalid character class: {said}"),
    to_translate("trailing \\ at end of regexp"),
    to_translate("found undefined alias {said}"),
    to_translate("month must be in 1..12"),
    to_translate("day is out of range for month"),
    to_translate("the invisible character {said} can't be there; delete it"),
    to_translate("&{name} holds itself by *{again}; write out what is meant"),
    to_translate("{key} is written here and taken over by <<; keep one of both"),
    to_translate("more than {number} conditions inside each other; make rules of them"),
    to_translate("more than {number} values, once its anchors are written out; write fewer"),
    to_translate("there is a rule {name} already, in {file}, line {line}; rename one"),
    to_translate("there is no rule {name}; the rules are {names}"),
    to_translate("rules name each other in a circle: {names}; take one of these names out"),
    to_translate("there is no list {name}; the lists are {names}"),
    to_translate("there is no list {name}; write it as {file}"),
    to_translate("there is no metric {name}; docs/metrics.md has them"),
    to_translate("{said} has no words; write what is said"),
    to_translate("{said} has no words; write what is said, or delete the line"),
    to_translate("{said}: {sign} is no word; write what is said in its place"),
    to_translate("{said}: {sign} is no word; write what is said in its place, or a regex"),
    to_translate("{number} words are no phrase; at most {most} are looked for"),
    to_translate("at least {number} of {most} phrases can't be; write fewer"),
    to_translate("regex: {reason}"),
    to_translate("it fits an empty text, so it would be found everywhere; let it ask for something"),
    to_translate("the rule: {reason}"),
    to_translate("{key}: {reason}"),
    to_translate("there is no such key; see docs/rules.md"),
    to_translate("there is no such key; the operators are {names}; see docs/rules.md"),
    to_translate("{said} is no code of a language; write two or three small letters, such as en, zh, yue"),
    to_translate("it is missing; write it"),
    to_translate("write it in quotes, as a text"),
    to_translate("write at least one"),
    to_translate("write it as a list, such as [one, other]"),
    to_translate("a phrase is empty"),
    to_translate("a phrase is a text, or {{list: NAME}}; write {said} in quotes if it is said"),
    to_translate("write one of any, all, none, or at_least together with of"),
    to_translate("at_least and of go together: at_least: 2, of: [...]"),
    to_translate("counting belongs to at_least"),
    to_translate("write at_least, below or both"),
    to_translate("at_least {number} is not smaller than below {most}"),
    to_translate(
        "a window is one of first_s, last_s, first_percent, last_percent, from_s with to_s, "
        "from_percent with to_percent"
    ),
    to_translate("its begin {number} is not before its end {most}"),
    to_translate("nothing is in this window, as it has no length"),
    to_translate("write within_s or within_sentences, not both"),
    to_translate("a condition has one operator of {names}; there is none"),
    to_translate("a condition has one operator of {names}; here are {names_here}; put them below all: or any:"),
    to_translate("{name} belongs to {names}, not to {said}"),
    to_translate("effective_to lies before effective_from"),
    to_translate("input should be greater than or equal to {number}"),
    to_translate("input should be greater than {number}"),
    to_translate("input should be less than or equal to {number}"),
    to_translate("input should be less than {number}"),
    to_translate("input should be a valid number"),
    to_translate("input should be a valid integer"),
    to_translate("input should be a valid boolean"),
    to_translate("input should be a valid date"),
    to_translate("input should be a valid dictionary or instance of {name}"),
    to_translate("input should be {names}"),
    to_translate("string should match pattern {said}"),
    to_translate("string should have at least {number} character"),
    to_translate("{said} is nobody; write agent, customer or other"),
    to_translate("{said} is not a time; write minutes and seconds, such as 1:02.5"),
    to_translate("{said} ends before it begins"),
    to_translate("nobody is named who says {said}; begin the line with agent: or customer:"),
    to_translate("some lines have a time and some have none; give all of them one, or none"),
)
"""A `{reason}` has one of these forms itself. Where several fit, the first one counts."""

_KNOWN = KnownForms(
    FORMS,
    {"number": r"-?[\d.,]+", "most": r"-?[\d.,]+", "line": r"\d+", "key": r"[\"\w]+|the rule", "sign": r"\S+"},
)


def rule_fault(said: str) -> str:
    """What is wrong, for whoever reads; a sentence that is not known here stays as it is."""
    return _KNOWN.in_words(said)
