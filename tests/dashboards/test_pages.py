"""Each page as Streamlit runs it: empty, seeded, misused, and with text that tries to be markup."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from qa_pipeline.warehouse.forgetting_texts import forget_texts
from qa_pipeline.warehouse.held import Waiting, say_nothing
from tests import scenario
from tests.dashboards.conftest import rewrite
from tests.scenario import CALLS, DAY_1, HOSTILE_NAME, HOSTILE_TEXT, LOCAL, ScenarioCall

pytestmark = pytest.mark.outside

APP = scenario.ROOT / "dashboards" / "app.py"


def open_app(home: Path, settings: pytest.MonkeyPatch, page: str | None = None, /, **query: str | list[str]) -> AppTest:
    """The app on `home`, on the page of that file name (None: the overview), with a query string."""
    settings.setenv("QA_HOME", str(home))
    app = AppTest.from_file(str(APP), default_timeout=30)
    if page:
        app.switch_page(f"app_pages/{page}.py")
    for name, value in query.items():
        app.query_params[name.removesuffix("_")] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    """All text of the page, that of boards included."""
    kinds = (app.title, app.subheader, app.markdown, app.text, app.caption, app.info, app.warning, app.error, app.code)
    said = "\n".join(str(item.value) for kind in kinds for item in kind).replace("\\", "")
    html = (unescape(found.proto.body) for found in app.get("html"))
    return "\n".join([said, *html, *(_strings(board) for board in boards(app))])


def boards(app: AppTest) -> list[Any]:
    """The parts of each board on the page."""
    protos = [found.proto for found in app.get("bidi_component")]
    return [json.loads(proto.json)["parts"] for proto in protos if proto.component_name == "board"]


def _strings(found: Any) -> str:
    if isinstance(found, dict):
        found = list(found.values())
    return "\n".join(_strings(each) for each in found) if isinstance(found, list) else str(found)


def cards_of(app: AppTest) -> dict[str, Any]:
    """The cards of the page's boards by their titles."""
    parts = [part for board in boards(app) for part in board if part["kind"] == "section"]
    return {card["title"]: card for part in parts for card in part["cards"]}


def tiles_of(app: AppTest) -> dict[str, str]:
    """The values of the page's tiles by their names."""
    parts = [part for board in boards(app) for part in board if part["kind"] == "tiles"]
    return {tile["name"]: tile["value"].replace("\u00a0", " ") for part in parts for tile in part["tiles"]}


def links(app: AppTest) -> list[tuple[str, str]]:
    """Label and query string of every link."""
    return [(link.proto.label.replace("\\", ""), link.proto.query_string) for link in app.get("page_link")]


def listed(app: AppTest) -> list[str]:
    """The calls of the table, or, on other pages, those that links lead to, in order."""
    tables = [item.proto for item in app.get("bidi_component") if item.proto.component_name == "qa_call_table"]
    if tables:
        return [row["id"] for row in json.loads(tables[0].json)["rows"]]
    return [query.removeprefix("call=").split("&")[0] for _, query in links(app) if query.startswith("call=")]


@pytest.mark.parametrize("page", [None, "calls", "call"])
def test_before_the_first_run_every_page_says_what_to_run(
    tmp_path: Path, point_settings: pytest.MonkeyPatch, page: str | None
) -> None:
    app = open_app(tmp_path, point_settings, page)
    assert app.title[0].value == "Nothing published yet"
    assert next(code.value for code in app.code) == "make demo"
    assert "qa-pipeline run --from" in app.code[1].value


def test_a_snapshot_without_calls_says_where_recordings_are_looked_for(
    tmp_path: Path, point_settings: pytest.MonkeyPatch, recordings: Path
) -> None:
    scenario.publish_snapshot(tmp_path, calls=())
    app = open_app(tmp_path, point_settings)
    assert app.title[0].value == "No calls yet"
    assert str(recordings) in words(app)


def test_an_unreadable_snapshot_is_a_message(tmp_path: Path, point_settings: pytest.MonkeyPatch) -> None:
    (tmp_path / "qa.duckdb").write_bytes(b"\0" * 20_000)
    app = open_app(tmp_path, point_settings, "calls")
    assert app.title[0].value.replace("\\", "") == "The snapshot can't be read"
    assert "qa.duckdb cannot be opened" in words(app)


def test_a_snapshot_that_lacks_what_is_asked_is_a_message(tmp_path: Path, point_settings: pytest.MonkeyPatch) -> None:
    with duckdb.connect(str(tmp_path / "qa.duckdb")) as connection:
        connection.execute("create table calls (call_id varchar)")
    app = open_app(tmp_path, point_settings, "call")
    assert app.title[0].value.replace("\\", "") == "The snapshot can't be read"
    assert '"publication"' in words(app)


def test_a_wrong_setting_is_a_message(published_home: Path, point_settings: pytest.MonkeyPatch) -> None:
    with point_settings.context() as patch:
        patch.setenv("QA_TIMEZONE", "Mars/Olympus")
        app = open_app(published_home, patch)
    assert app.title[0].value == "A setting is wrong"
    assert "QA_TIMEZONE" in words(app)


def test_the_overview_shows_numbers_engines_and_what_was_not_transcribed(
    published_home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(published_home, point_settings)
    assert tiles_of(app) == {
        "Calls": "12",
        "OK": "7",
        "Partial": "1",
        "Failed": "1",
        "Quarantined": "3",
        "Audio": "10 min",
        "Cost": "US$ 0.0321",
        "Escalated": "0",
        "Recovered": "2",
    }
    cards = cards_of(app)
    assert [row[0]["text"] for row in cards["Engines"]["body"]["rows"]] == [LOCAL, scenario.CLOUD]
    assert "Not transcribed in full: 5" in cards
    assert "a stereo recording with one role a channel is needed" in words(app)
    assert "1 recording has no date, and is in no range" in words(app)
    angriest = [row[0] for row in cards["Angriest customers"]["body"]["rows"]]
    assert [(cell["text"], cell["href"]) for cell in angriest] == [
        (call, f"call?call={call}") for call in ("c0102", "c0101", "c0301")
    ]


def test_the_overview_says_once_that_a_setting_of_the_agents_channel_looks_wrong(
    tmp_path: Path, published_home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    twelve = "(select * from {} where call_id = 'c0101'), range(12) as numbers (number)"
    told = "'default' as agent_channel_from, 'stereo' as form"
    more = [
        "insert into calls by name select * exclude (number) replace (call_id || number as call_id, "
        f"recording_id || number as recording_id, {told}) from {twelve.format('calls')}",
        "insert into call_metrics by name select * exclude (number) replace (call_id || number as call_id, "
        f"true as agent_channel_suspect) from {twelve.format('call_metrics')}",
    ]
    assert not open_app(published_home, point_settings).error
    app = open_app(rewrite(published_home, tmp_path, *more), point_settings)
    [said] = [item.value.replace("\\", "") for item in app.error]
    assert said.startswith("Agent and customer look swapped in 12 of ")
    assert "agent_channel = 1" in [item.value for item in app.code]
    point_settings.setenv("QA_AGENT_CHANNEL", "1")
    app.run()
    point_settings.delenv("QA_AGENT_CHANNEL")
    assert not app.error
    assert "12 calls have the agent's channel of former settings" in words(app)


def test_days_without_calls_are_told_apart_from_a_fault(tmp_path: Path, point_settings: pytest.MonkeyPatch) -> None:
    scenario.publish_snapshot(tmp_path, CALLS[:2])
    app = open_app(tmp_path, point_settings, from_="2024-01-01", to="2024-01-31")
    assert "No calls in these dates" in words(app)


def test_a_date_chosen_by_hand_goes_into_the_url_and_on_to_the_next_page(
    published_home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(published_home, point_settings)
    app.date_input(key="control_to").set_value(DAY_1).run()
    assert app.query_params["to"] == "2025-09-01"
    assert tiles_of(app)["OK"] == "2"
    app.switch_page("app_pages/calls.py")
    app.query_params.clear()
    app.run()
    assert app.query_params["to"] == "2025-09-01"
    assert listed(app) == ["c0104", "c0103", "c0102", "c0101"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"queue": ["delivery", "retention"], "status": "ok", "agent": "a-ortiz", "sort": "call", "order": "up"},
         ["c0102", "c0201"]),
        ({"q": "refund", "language": "en", "emotion": "angry"}, ["c0102"]),
        ({"queue": "no-such-queue"}, []),
        ({"status": "quarantined", "form": "square", "sort": "1; drop table calls", "order": "sideways",
          "page": "99"}, ["c0303", "c0204", "c0104"]),
    ],
    ids=["each control has its parameter", "a phrase has a link of its own", "no such queue", "nonsense is left out"],
)  # fmt: skip
def test_the_url_filters_and_orders_the_list(
    published_home: Path,
    point_settings: pytest.MonkeyPatch,
    query: dict[str, str | list[str]],
    expected: list[str],
) -> None:
    assert listed(open_app(published_home, point_settings, "calls", **query)) == expected


def test_nothing_found_offers_to_clear_the_filters(published_home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(published_home, point_settings, "calls", q="zeppelin", queue="billing")
    assert "0 calls" in words(app)
    next(button for button in app.button if button.label == "Clear filters").click().run()
    assert "q" not in app.query_params
    assert len(listed(app)) == 12


def test_a_filter_chosen_by_hand_goes_into_the_url(published_home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(published_home, point_settings, "calls", page="2")
    app.multiselect(key="control_queue").set_value(["billing", "delivery"]).run()
    assert app.query_params["queue"] == ["billing", "delivery"]
    assert "page" not in app.query_params
    app.text_input(key="control_q").set_value("退款").run()
    assert app.query_params["q"] == "退款"
    assert set(listed(app)) == {"c0101"}


def test_a_long_list_is_read_page_by_page(tmp_path: Path, point_settings: pytest.MonkeyPatch) -> None:
    calls = tuple(ScenarioCall(f"c{number:04d}", DAY_1, 9, "a-chen", "billing") for number in range(45))
    scenario.publish_snapshot(tmp_path, calls)
    app = open_app(tmp_path, point_settings, "calls", sort="call", order="up")
    assert len(listed(app)) == 20
    app.pagination(key="control_page").set_value(3).run()
    assert app.query_params["page"] == "3"
    assert listed(app) == ["c0040", "c0041", "c0042", "c0043", "c0044"]


def test_a_failed_channel_shows_code_and_message(published_home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(published_home, point_settings, "call", call="c0103")
    error = app.error[0].value.replace("\\", "")
    assert "FILE_DOWNLOAD_FAILED: the service could not download the file (1 attempt)" in error


def test_a_quarantined_call_shows_reason_and_way_out(published_home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(published_home, point_settings, "call", call="c0104")
    assert "**mono**: c0104.wav has one channel; a stereo recording" in app.warning[0].value.replace("\\", "")


def test_a_call_whose_words_were_deleted_by_age_says_since_when(
    tmp_path: Path, point_settings: pytest.MonkeyPatch
) -> None:
    scenario.publish_snapshot(tmp_path)
    when = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    forget_texts(
        tmp_path / "warehouse.duckdb",
        tmp_path / "qa.duckdb",
        [DAY_1],
        [],
        when,
        minimum_n=5,
        waiting=Waiting(30.0, say_nothing),
    )
    call_id = next(call.call_id for call in CALLS if call.call_date == DAY_1 and call.status == "ok")
    app = open_app(tmp_path, point_settings, "call", call=call_id)
    assert "What was said was deleted by retention on 2026-03-01" in words(app)


@pytest.mark.parametrize(
    ("query", "said"),
    [({}, "Which call?"), ({"call": "c9999"}, "This snapshot has no call c9999"), ({"call": "<b>x</b>"}, "<b>x</b>")],
)
def test_a_url_without_a_call_is_answered(
    published_home: Path, point_settings: pytest.MonkeyPatch, query: dict[str, str], said: str
) -> None:
    app = open_app(published_home, point_settings, "call", **query)
    assert said in words(app)


def test_text_that_is_markup_stays_text(published_home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(published_home, point_settings, "call", call="c0302")
    for item in (*app.markdown, *app.caption, *app.info, *app.warning):
        assert HOSTILE_TEXT not in item.value
        assert HOSTILE_NAME not in item.value
    assert not any(item.allow_html for item in app.markdown)


def test_names_that_are_markup_are_escaped_wherever_markdown_is_read(
    tmp_path: Path, point_settings: pytest.MonkeyPatch
) -> None:
    evil = "[x](javascript:alert(1)) `code` :material/home: <b>"
    call = dataclasses.replace(
        CALLS[2], call_id=evil, agent_id=evil, queue=evil, engine=evil, reason=evil, message=evil,
        failures={"customer": (evil, evil)}, file_name="x.wav",
    )  # fmt: skip
    scenario.publish_snapshot(tmp_path, (call,))
    for page, query in ((None, {}), ("calls", {}), ("call", {"call": evil})):
        app = open_app(tmp_path, point_settings, page, **query)
        for item in (*app.title, *app.markdown, *app.caption, *app.warning, *app.error, *app.info):
            assert "](javascript" not in item.value
            assert ":material/home:" not in item.value
            assert "<b>" not in item.value


def test_a_channel_that_waits_for_the_service_is_named_with_its_age_on_overview_and_call_page(
    tmp_path: Path, point_settings: pytest.MonkeyPatch
) -> None:
    call = CALLS[0]
    half = dataclasses.replace(
        call,
        status="partial",
        reason="STILL_OPEN",
        message="customer (channel 1): the service has not ended its task t-77 (sent 2025-09-04 00:30 UTC)",
    )
    path = scenario.publish_snapshot(tmp_path, (half,))
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update transcription_tasks set state = 'submitted', submitted_at = now() - interval 3 hour, "
            "code = null, message = 'the service has not ended its task t-77' where channel_id = $1",
            [call.channel("customer")],
        )
        for table in ("transcripts", "sentences"):
            connection.execute(f"delete from {table} where role = 'customer'")
    overview = words(open_app(tmp_path, point_settings))
    assert "STILL_OPEN" in overview
    assert "oldest sent 3 h ago" in overview
    assert "the service has not ended its task t-77" in overview
    page = words(open_app(tmp_path, point_settings, "call", call=call.call_id))
    assert (
        "(sent, no result yet, 3 h ago: the service has not ended its task t-77). The next run goes on with it." in page
    )
