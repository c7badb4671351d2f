"""How a search is understood: each rule of the language, and what is read literally."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.search.documents import SearchedSentence
from qa_pipeline.search.hits import hits_in, matching_terms
from qa_pipeline.search.query import NoticeKind
from qa_pipeline.search.query_reading import MOST_TERMS, parse


def call(*said: tuple[str, str]) -> list[SearchedSentence]:
    """A call in which each sentence follows the one before, of two seconds each."""
    channels = {"agent": 0, "customer": 1, "other": 2}
    return [
        SearchedSentence(role, channels[role], number, number * 2000, number * 2000 + 1900, text)
        for number, (role, text) in enumerate(said)
    ]


CALL = call(
    ("agent", "Acme support, how can I help?"),
    ("customer", "I want my money"),
    ("customer", "back, or a REFUND. It's too late!"),
    ("agent", "We refunded 1,000 euro. 我們開了"),
    ("agent", "發 票。"),
    ("customer", "Thank"),
    ("agent", "One moment please, I am looking into it."),
    ("customer", "you"),
    ("customer", "My number is 0170/123 45-67."),
)


def finds(text: str) -> bool:
    query = parse(text)
    return query.accepts([bool(number) for number in matching_terms(CALL, query)])


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("refund", True), ("REFÚND", True), ("fund", True), ("zeppelin", False),
        # all
        ("refund late", True), ("refund zeppelin", False), ("refund AND late", True),
        # any
        ("zeppelin OR refund", True), ("zeppelin OR balloon", False), ("zeppelin | late", True),
        # none
        ("-zeppelin", True), ("-refund", False), ("late -zeppelin", True), ("late -refund", False), ("－refund", False),
        # phrases are whole words in their order
        ('"a refund"', True), ('"refund a"', False), ('"fund"', False), ('"refund"', True), ("“a refund”", True),
        ("refund a", True),
        # across the border of two sentences of one speaker, and not across what somebody else says
        ('"my money back"', True), ('"thank you"', False), ('"help I want"', False),
        # per speaker
        ("agent:refunded", True), ("customer:refunded", False), ('agent:"a refund"', False), ("Agent:help", True),
        ("customer:(refund late)", True), ("agent:(refund OR late)", True), ("-agent:late", True),
        ("-customer:late", False), ("other:refund", False), ("customer：late", True),
        # parentheses
        ("(zeppelin OR refund) late", True), ("(zeppelin OR refund) balloon", False), ("-(late zeppelin)", True),
        ("-(late OR zeppelin)", False), ("（late）", True), ("zeppelin OR late refund", True),
        # folding
        ("发票", True), ("發票", True), ("发 票", True), ("「开了发票」", True), ("票发", False), ("1000", True),
        ("its", True), ("ｌａｔｅ", True),
        # a vertical line, Chinese scopes, and telephone numbers
        ("zeppelin|late", True), ("zeppelin｜balloon", False), ("客户:late", True), ("坐席：late", False),
        ("(0170) 123 45 67", True), ("+49 170 1234567", False), ("67 123", True), ("0170 1234567", False),
        # what is no sentence of the language is read literally
        ('"too late', True), ("(refund", True), ("refund)", True), ("refund OR", True), ("OR refund", True),
        ("AND", False), ("refund AND", False), ("||", False),
        ("agent: help", False), ("nobody:late", False), ("1,000", True), ("help?", True), ("late!!", True),
        ("(", False), ("()", False), ("% refund", True), ("%", False), ("", False),
        ("a refund it's too late we refunded zeppelin x", False),
        ("I want my money back or a refund it's too late", True),
    ],
)  # fmt: skip
def test_a_search_finds_the_call_or_not(text: str, is_found: bool) -> None:
    assert finds(text) is is_found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"too late', [(NoticeKind.LONE_QUOTE, '"')]),
        ('agent:"', [(NoticeKind.LONE_QUOTE, '"'), (NoticeKind.NOTHING_TO_FIND, "agent:")]),
        ("-“", [(NoticeKind.LONE_QUOTE, "“"), (NoticeKind.NOTHING_TO_FIND, "-")]),
        ("(refund", [(NoticeKind.LONE_PARENTHESIS, "(")]),
        ("refund)", [(NoticeKind.LONE_PARENTHESIS, ")")]),
        ("a ()", [(NoticeKind.EMPTY_PARENTHESES, "()")]),
        ("refund OR", [(NoticeKind.DANGLING_OPERATOR, "OR")]),
        ("refund AND", [(NoticeKind.DANGLING_OPERATOR, "AND")]),
        ("||", [(NoticeKind.NOTHING_TO_FIND, "|")]),
        ('""', [(NoticeKind.NOTHING_TO_FIND, '""')]),
        ("agent: help", [(NoticeKind.DANGLING_SCOPE, "agent:")]),
        ("nobody:late", [(NoticeKind.UNKNOWN_SCOPE, "nobody:")]),
        ("% a", [(NoticeKind.NOTHING_TO_FIND, "%")]),
        ("a b c d e f g h i", [(NoticeKind.TOO_LONG, "a b c d e f g h i")]),
        ("10:30 https://acme.example late", []),
        ('agent:"a refund" -(b OR c)', []),
    ],
)
def test_what_is_read_literally_is_said(text: str, expected: list[tuple[NoticeKind, str]]) -> None:
    assert [(notice.kind, notice.part) for notice in parse(text).notices] == expected


@given(st.text(st.sampled_from("ab \"“”()（）-|:：%agentORidcustomer退「」'\n"), max_size=60) | st.text(max_size=30))
def test_nothing_that_is_written_is_an_error(text: str) -> None:
    query = parse(text)
    assert len(query.accepted()) == 2 ** len(query.terms) <= 2**MOST_TERMS
    assert all(term.words for term in query.terms)
    hits_in(CALL, query)


@pytest.mark.parametrize("depth", ["(" * 5000, "-" * 5000 + "a", "agent:" * 5000 + "a", '"' * 5000])
def test_a_deep_nest_is_one_phrase(depth: str) -> None:
    assert len(parse(depth).terms) <= 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Maria Ortiz", "Maria Ortiz"), ('"Maria Ortiz"', "Maria Ortiz"), ("agent:Ortiz", "Ortiz"), ("c01", "c01"),
        ("+49 (0) 170 1234567", "+49 (0) 170 1234567"), ("(0170) 1234-567", "(0170) 1234-567"),
        ("12 34 5678", "12 34 5678"),
        ("-c01", None), ("c01 OR c02", None), ("agent:a b", None), ("", None),
    ],
)  # fmt: skip
def test_a_name_may_have_several_words(text: str, name: str | None) -> None:
    assert parse(text).name == name


def test_a_word_without_a_scope_is_also_the_beginning_of_an_id() -> None:
    words = {term.source: term.id_prefix for term in parse('C0102 agent:x id:"Maria  Ortiz"').terms}
    assert words == {"C0102": "c0102", "x": None, "Maria  Ortiz": "maria ortiz"}
    assert parse("id:c0102").terms[0].needle == ""


def marked(text: str) -> list[str]:
    return ["|".join(CALL[part.sentence].text[part.begin : part.end] for part in hit.parts)
            for hit in hits_in(CALL, parse(text))]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("refund", ["REFUND", "refund"]),
        ("agent:refund", ["refund"]),
        ('"money back"', ["money|back"]),
        ("发票", ["發 票"]),
        ("了发票", ["了|發 票"]),
        ("1000", ["1,000"]),
        ("its", ["It's"]),
        ("late -refund", ["late"]),
        ("-(-late)", ["late"]),
        ("id:refund", []),
        ("late OR help", ["help", "late"]),
    ],
)
def test_hits_are_marked_where_they_are_said(text: str, expected: list[str]) -> None:
    assert marked(text) == expected


def test_a_word_said_three_times_is_three_hits() -> None:
    said = call(("agent", "no no, No!"))
    assert [hit.parts[0][1:] for hit in hits_in(said, parse('"no"'))] == [(0, 2), (3, 5), (7, 9)]
    assert matching_terms(said, parse('"no"')) == [3]


def test_an_interjection_parts_no_phrase_and_sentences_without_times_follow_each_other() -> None:
    said = [
        SearchedSentence("customer", 1, 0, 0, 1000, "my order"),
        SearchedSentence("agent", 0, 0, 1100, 1600, "mhm"),
        SearchedSentence("customer", 1, 1, 1700, 2500, "number is"),
    ]
    assert hits_in(said, parse('"order number"'))
    untimed = [one._replace(begin_ms=None, end_ms=None) for one in said]
    assert hits_in(untimed, parse('"order number"'))
    long = [*said[:1], said[1]._replace(end_ms=2100), said[2]._replace(begin_ms=2200)]
    assert not hits_in(long, parse('"order number"'))


def test_a_call_without_words_has_no_hits() -> None:
    assert hits_in([], parse("refund")) == []
    assert matching_terms(call(("agent", ""), ("agent", "…")), parse("refund")) == [0]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("rule:greeting", [("greeting", "hit")]),
        ("rule:Greeting:miss", [("greeting", "miss")]),
        ("规则：开场：not_evaluated", [("开场", "not_evaluated")]),
        ("rule:(a:miss OR b.c)", [("a", "miss"), ("b.c", "hit")]),
        ("rule:hit", [("hit", "hit")]),
        ('rule:"a-b:not_applicable" late', [("a-b", "not_applicable")]),
    ],
)
def test_a_rule_is_asked_for_with_what_it_comes_to(text: str, rules: list[tuple[str, str]]) -> None:
    query = parse(text)
    assert query.notices == ()
    assert [term.rule for term in query.terms if term.rule] == rules
    assert all(term.needle == "" and term.role is None and term.id_prefix is None for term in query.terms if term.rule)
    assert hits_in(CALL, parse("rule:greeting")) == []
    assert parse("rule:greeting").name is None
