"""Files of rules: what is wrong is said with file, line and a way out, and nothing of them is used in part."""

from __future__ import annotations

import pytest

from qa_pipeline.rules.reading import BadRules, read_book, read_file

GOOD = """\
id: greeting
title: Greets
condition:
  phrases: {any: [thank you for calling]}
  role: agent
"""


def faults(text: str, lists: dict[str, str] | None = None, **others: str) -> list[str]:
    files = {"rules/a.yaml": text} | {f"rules/{name}.yaml": other for name, other in others.items()}
    with pytest.raises(BadRules) as raised:
        read_book(files, lists, metrics={"dead_air_s"})
    return raised.value.faults


WRONG = {
    "a key twice": (GOOD + "  role: customer\n", 'a.yaml, line 6: duplicate key "role": it is written twice'),
    "a tab": (GOOD + "\twindow: {first_s: 5}\n", "a.yaml, line 6: found character '\\t'"),
    "an unknown key": (GOOD + "sevrity: high\n", "a.yaml, line 6: sevrity: there is no such key"),
    "an unknown operator": (
        GOOD.replace("phrases:", "phrase:"),
        "a.yaml, line 4: phrase: there is no such key; the op",
    ),
    "two operators": (GOOD + "  regex: a+\n", "a.yaml, line 3: condition: a condition has one operator of all"),
    "what belongs to another": (
        "id: a\ntitle: b\ncondition:\n  metric: {name: dead_air_s, at_least: 1}\n  role: agent\n",
        "a.yaml, line 3: condition: role belongs to phrases, near",
    ),
    "a number as a phrase": (GOOD.replace("thank you for calling", "12"), "line 4: any: a phrase is a text"),
    "a phrase of signs": (GOOD.replace("thank you for calling", '"?!"'), "line 4: ?! has no words"),
    "a look ahead": ("id: a\ntitle: b\ncondition:\n  regex: a(?=b)\n", "a.yaml, line 4: regex: invalid perl operator"),
    "a look behind": ("id: a\ntitle: b\ncondition:\n  regex: (?<!a)b\n", "look-around can't be used"),
    "a back reference": ("id: a\ntitle: b\ncondition:\n  regex: (a)\\1\n", "can't refer back to a group"),
    "a pattern for nothing": ("id: a\ntitle: b\ncondition:\n  regex: a*\n", "it fits an empty text"),
    "an unknown list": (
        GOOD.replace("thank you for calling", "{list: greetings}"),
        "write it as phrases/greetings.txt",
    ),
    "an unknown metric": (
        "id: a\ntitle: b\ncondition:\n  metric: {name: x, below: 1}\n",
        "line 4: there is no metric x",
    ),
    "an unknown rule": ("id: a\ntitle: b\ncondition:\n  rule: c\n", "line 4: there is no rule c; the rules are a"),
    "itself": ("id: a\ntitle: b\ncondition:\n  rule: a\n", "in a circle: a → a; take one of these names out"),
    "too many wanted": (
        "id: a\ntitle: b\ncondition:\n  phrases: {at_least: 3, of: [x, y]}\n",
        "line 4: at least 3 of 2 phrases can't be",
    ),
    "no window": (GOOD + "  window: {first_s: 5, last_s: 5}\n", "line 6: window: a window is one of first_s"),
    "days the wrong way": (GOOD + "effective_from: 2025-02-01\neffective_to: 2025-01-01\n", "effective_to lies before"),
    "nothing": ("", "a.yaml: a rule begins with the lines id: and title:"),
    "a list": ("- a\n", "a.yaml: a rule begins with the lines id: and title:"),
    "a day that is none": (GOOD + "effective_from: 2025-13-40\n", "a.yaml, line 6: month must be in 1..12; correct it"),
    "a number that is none": (GOOD + "severity: !!int x\n", "a.yaml, line 6: invalid literal for int() with base 10"),
    "a control character": (GOOD + 'owner: "a\x07"\n', "a.yaml, line 6: the invisible character U+0007 can't be there"),
    "what holds itself": (
        "id: a\ntitle: b\ncondition: &x\n  all:\n  - *x\n",
        "a.yaml, line 3: &x holds itself by *x; write out what is meant",
    ),
    "what is taken over and overridden": (
        "id: a\ntitle: b\ncondition:\n  <<: {regex: a}\n  regex: b\n",
        "a.yaml, line 5: regex is written here and taken over by <<; keep one of both",
    ),
    "a language by its name": (
        GOOD + "applies_to:\n  language: [en, English]\n",
        "a.yaml, line 7: language: English is no code of a language; write two or three small letters",
    ),
    "a window of nothing": (GOOD + "  window: {first_s: 0}\n", "line 6: window: nothing is in this window"),
    "a window of no percent": (GOOD + "  window: {from_percent: 100}\n", "line 6: window: nothing is in this window"),
    "a sign that would be lost": (
        GOOD.replace("thank you for calling", "$100"),
        "line 4: $100: $ is no word; write what is said in its place, or a regex",
    ),
    "no rules": ("rules: []\n", "a.yaml, line 1: rules: write at least one"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_file_and_line(text: str, said: str) -> None:
    found = faults(text)
    assert len(found) == 1
    assert said in found[0]
    assert found[0].startswith("rules/a.yaml")


def test_all_that_is_wrong_in_all_files_is_said_at_once_and_nothing_is_used() -> None:
    found = faults(GOOD + "x: 1\n", b=GOOD.replace("greeting", "other") + "y: 1\nz: 2\n", c="id: [")
    assert [fault.split(":")[0] for fault in found] == [
        "rules/a.yaml, line 6",
        "rules/b.yaml, line 6",
        "rules/b.yaml, line 7",
        "rules/c.yaml, line 1",
    ]


def test_a_circle_over_files_is_named_once() -> None:
    texts = {
        name: f"id: {name}\ntitle: t\ncondition:\n  not: {{rule: {other}}}\n" for name, other in ("ab", "bc", "ca")
    }
    assert faults(texts["a"], b=texts["b"], c=texts["c"]) == [
        "rules/a.yaml, line 1: rules name each other in a circle: a → b → c → a; take one of these names out."
    ]


def test_two_rules_of_one_id_are_refused() -> None:
    assert faults(GOOD, b=GOOD) == [
        "rules/b.yaml, line 1: there is a rule greeting already, in rules/a.yaml, line 1; rename one."
    ]


def test_no_stays_a_word_and_numbers_in_quotes_stay_texts() -> None:
    book = read_book({"a": "id: no\ntitle: on\ncondition:\n  phrases: {any: [no, off, '0123']}\n"})
    assert book.rules[0].id == "no"
    assert book.rules[0].condition.phrases == (("no",), ("off",), ("0123",))


def test_the_version_changes_with_the_rule_its_lists_and_the_rules_that_it_names() -> None:
    rule = "id: a\ntitle: t\ncondition:\n  all: [{phrases: {any: [{list: hello}]}}, {rule: b}]\n"
    other = "id: b\ntitle: t\ncondition: {regex: x}\n"

    def version(rule: str = rule, phrases: str = "hello\n", other: str = other) -> str:
        return read_book({"a": rule, "b": other}, {"phrases/hello.txt": phrases}).rule("a").version

    assert version() == version(rule=f"# a remark\n{rule}") == version(phrases="# a remark\nhello\n")
    assert (
        len({version(), version(phrases="hello\nhi\n"), version(other=other.replace("{regex: x}", "{regex: y}"))}) == 3
    )
    assert version(rule=rule.replace("title: t", "title: u")) != version()


def test_a_list_says_which_line_is_no_phrase() -> None:
    found = faults(GOOD.replace("thank you for calling", "{list: hello}"), {"phrases/hello.txt": "hello\n???\n"})
    assert found == ["phrases/hello.txt, line 2: ??? has no words; write what is said, or delete the line."]


def test_a_list_says_which_sign_would_be_lost() -> None:
    found = faults(GOOD.replace("thank you for calling", "{list: hello}"), {"phrases/hello.txt": "100%\n£100 off\n"})
    assert found == ["phrases/hello.txt, line 2: £100 off: £ is no word; write what is said in its place."]


def test_anchors_and_what_is_taken_over_without_a_doubt_are_right() -> None:
    book = read_book({"a": "id: a\ntitle: t\nwhen: &x {regex: a}\ncondition:\n  all: [*x, {<<: *x, role: agent}]\n"})
    assert [each.condition.role for each in book.rules[0].condition.all] == ["anyone", "agent"]


def test_changed_rules_stand_in_for_those_of_the_same_ids() -> None:
    book = read_book({"a": GOOD}, changed={"draft": GOOD.replace("calling", "waiting")})
    assert [rule.condition.phrases for rule in book.rules] == [(("thank", "you", "for", "waiting"),)]


def test_a_few_lines_of_anchors_that_stand_for_billions_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(BadRules, match="once its anchors are written out; write fewer"):
        read_file("\n".join([*lines, "id: a", "title: b"]), "laughs.yaml")
