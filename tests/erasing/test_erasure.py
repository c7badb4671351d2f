"""An erased call is in no file of QA_HOME any more, as a reader finds that is none of the product's; and stays out."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import time
from contextlib import closing

import pytest
from sqlalchemy import insert

from qa_pipeline.erasing import erasure
from qa_pipeline.ledger.alert_tables import alert_causes
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.looks.chain import What
from qa_pipeline.looks.log import Looks, LooksFilter, open_looks
from qa_pipeline.looks.taken import InIt, open_register
from qa_pipeline.outbox.adding import row_of
from qa_pipeline.outbox.store import Outbox
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.checking import check_all
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import EvaluationType
from qa_pipeline.reviews.store import open_reviews
from qa_pipeline.reviews.values import CallRef
from tests.alerts.building import hit
from tests.erasing.conftest import CALL, CUSTOMER, KEPT, NAME, Home
from tests.pipeline.harness import GOLDEN_DAY
from tests.reviews.building import CARD, GOOD

SECRET_REMARK = "She mentioned her neighbour Ottokarina Vexley"
EVALUATOR = Person("eva@example.com", Role.LEAD)


def evaluate(home: Home) -> str:
    """An evaluation of the call with a comment, begun, answered and submitted."""
    reviews = open_reviews(f"sqlite:///{home.home / 'operations.sqlite'}")
    call = CallRef(CALL, dt.date.fromisoformat(GOLDEN_DAY), "a-chen")
    begun = reviews.start(EVALUATOR, call, CARD, evaluation_type=EvaluationType.STANDARD, request_id=new_request_id())
    revision = begun.revision
    for question, answer in GOOD.items():
        saved = reviews.answer(
            EVALUATOR, begun.evaluation_id, question, answer, revision=revision, request_id=new_request_id(),
            comment=SECRET_REMARK,
        )  # fmt: skip
        revision = saved.revision
    reviews.submit(EVALUATOR, begun.evaluation_id, revision=revision, request_id=new_request_id())
    reviews.close()
    home.canaries["remark"] = SECRET_REMARK
    return begun.evaluation_id


def take(home: Home) -> None:
    """Somebody took the call's transcript along, and compares rules on a page."""
    register = open_register(f"sqlite:///{home.home / 'operations.sqlite'}")
    in_it = InIt()
    in_it.add(CALL, GOLDEN_DAY)
    register.note("transcripts", f"{CALL}.srt", in_it, who="al@example.com", chosen=f"customer: {CUSTOMER}")
    register.close()
    folder = home.home / "comparisons" / "rule-flips-x"
    folder.mkdir(parents=True)
    (folder / "flips.csv").write_text(f"greeting,{CALL},{GOLDEN_DAY},{NAME}\n", encoding="utf-8")


def look(home: Home) -> Looks:
    """Somebody looked at what was masked in the call, and said the customer's name for it."""
    looks = open_looks(f"sqlite:///{home.home / 'operations.sqlite'}")
    looks.note(who="al@example.com", role="admin", call_id=CALL, what=What.TEXT, reason=f"{NAME} asked for it")
    return looks


def test_an_erased_call_is_in_no_file_any_more(home: Home) -> None:
    evaluate(home)
    looks = look(home)
    take(home)
    assert {line.rpartition(": ")[2] for line in home.left()} == set(home.canaries) - {"sound"}, "canaries are there"

    done = home.pipeline.command("erase", "--call", CALL, "--yes", "--by", "ada", "--reason", "asked for")

    assert done.returncode == 0, done.stdout + done.stderr
    assert home.left() == []
    assert home.calls() == sorted(KEPT)
    assert [(each.who, each.what) for each in looks.find(LooksFilter())] == [("al@example.com", "text")]
    assert looks.check().fault is None
    looks.close()
    assert "0 found in every file" in done.stdout
    assert "Taken along     1 file by the register" in done.stdout
    assert "transcripts erased-" in done.stdout
    assert "transcripts  erased-" in home.pipeline.command("exports", "--call", CALL).stdout
    assert f"{GOLDEN_DAY}/{CALL}.mp3" in done.stdout, "what stays of the user's is named"
    proof = home.pipeline.command("erase", "--list").stdout
    assert "1 call by ada (asked for): done, 0 found" in proof
    assert CALL not in proof


@pytest.mark.whole_run
def test_what_people_were_told_of_an_erased_call_goes_and_what_waits_is_not_sent(home: Home) -> None:
    outbox = Outbox(open_operations(f"sqlite:///{home.home / 'operations.sqlite'}"))
    assert outbox.add([("leads", hit(CALL)), ("leads", hit(KEPT[0]))], home.home) == 2
    outbox.engine.dispose()

    done = home.pipeline.command("erase", "--call", CALL, "--yes", "--by", "ada", "--reason", "asked for")

    assert done.returncode == 0, done.stdout + done.stderr
    assert home.left() == []
    assert [waiting.key for waiting in outbox.waiting_causes("leads")] == [hit(KEPT[0]).key]
    outbox.engine.dispose()


@pytest.mark.whole_run
def test_a_round_of_alerts_beside_an_erasure_brings_nothing_back(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = Outbox(open_operations(f"sqlite:///{home.home / 'operations.sqlite'}"))
    new: dict[str, int] = {}

    def with_rounds(name, step):  # type: ignore[no-untyped-def]
        def run(work):  # type: ignore[no-untyped-def]
            step(work)
            new[name] = outbox.add([("leads", hit(CALL))], home.home)
            if name == "ledger":  # a round that had looked before the tombstones were there
                with outbox.engine.begin() as connection:
                    connection.execute(insert(alert_causes).values(**row_of("late", hit(CALL), 1.0, 0)))

        return run

    monkeypatch.setattr(erasure, "STEPS", [(name, with_rounds(name, step)) for name, step in erasure.STEPS])

    done = home.pipeline.command("erase", "--call", CALL, "--yes", "--by", "ada", "--reason", "asked for")

    outbox.engine.dispose()
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(new.values()) == {0}
    assert home.left() == []


@pytest.mark.whole_run
def test_a_later_run_over_the_same_landing_zone_brings_nothing_back(home: Home) -> None:
    zone = home.pipeline.landing / GOLDEN_DAY
    (zone / "calls.csv").write_text(f"call_id,customer_id\n{CALL},{CUSTOMER}\n", encoding="utf-8")
    assert home.pipeline.command("erase", "--customer", CUSTOMER, "--yes").returncode == 0
    shutil.copy2(zone / f"{CALL}.mp3", zone / "another-name.mp3")
    shutil.copy2(zone / f"{CALL}.json", zone / "another-name.json")

    home.pipeline.run(GOLDEN_DAY)

    assert home.calls() == sorted(KEPT)
    assert home.left() == []


@pytest.mark.whole_run
def test_the_files_of_the_landing_zone_go_where_that_is_asked_for(home: Home) -> None:
    zone = home.pipeline.landing / GOLDEN_DAY
    others = [zone / f"{CALL}{rest}" for rest in ("-2.mp3", "-2.json", "_3.wav", ".4.wav")]
    for path in others:
        path.write_bytes(b"of another call")
    log = home.home / "logs" / "own.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(f"{CALL}-2 landed, {CALL} too", encoding="utf-8")

    done = home.pipeline.command("erase", "--call", CALL, "--yes", "--recordings")

    assert done.returncode == 0, done.stdout + done.stderr
    assert {path for path in zone.iterdir() if CALL in path.name} == set(others)
    assert len(list(zone.iterdir())) == 4 + len(others)
    assert log.read_text(encoding="utf-8").startswith(f"{CALL}-2 landed, erased-")


def test_a_trial_names_everything_and_changes_nothing(home: Home) -> None:
    before, found = home.calls(), {line.rpartition(": ")[2] for line in home.left()}
    done = home.pipeline.command("erase", "--customer", CUSTOMER, "--dry-run")
    assert done.returncode == 0
    assert CALL in done.stdout
    assert "2 files stay" in done.stdout
    assert (home.calls(), {line.rpartition(": ")[2] for line in home.left()}) == (before, found)
    assert not (home.home / "erasure.key").exists()


@pytest.mark.whole_run
def test_an_erasure_that_dies_after_any_step_is_finished_by_the_next(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(home)
    dying = list(erasure.STEPS)

    class Died(Exception):
        pass

    def then_die(step):  # type: ignore[no-untyped-def]
        def run(work):  # type: ignore[no-untyped-def]
            step(work)
            raise Died

        return run

    arguments: tuple[str, ...] = ("erase", "--call", CALL, "--yes")
    for number, (name, step) in enumerate(dying):
        steps = [*dying[:number], (name, then_die(step)), *dying[number + 1 :]]
        monkeypatch.setattr(erasure, "STEPS", steps)
        assert "Died" in home.pipeline.command(*arguments).stderr, name
        arguments = ("erase", "--yes")
    monkeypatch.setattr(erasure, "STEPS", dying)

    done = home.pipeline.command("erase", "--yes")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "was begun and not finished" in done.stderr
    assert home.left() == []
    assert not list((home.home / "erasing").iterdir())


@pytest.mark.process
def test_an_erasure_that_is_killed_is_finished_by_the_next(home: Home) -> None:
    home.pipeline.in_process = False
    process = home.pipeline.start("erase", "--call", CALL, "--yes")
    while process.poll() is None and not list((home.home / "erasing").glob("*.json")):
        time.sleep(0.005)
    process.kill()
    process.communicate()

    done = home.pipeline.command("erase", "--call", CALL, "--yes")

    assert "going on with it" in done.stderr
    assert home.left() == []
    assert home.calls() == sorted(KEPT)


@pytest.mark.whole_run
def test_the_log_of_evaluations_is_whole_without_what_was_erased(home: Home) -> None:
    evaluation_id = evaluate(home)
    backup = home.scratch / "reviews.jsonl.gz"
    assert home.pipeline.command("reviews", "backup", str(backup)).returncode == 0

    refused = home.pipeline.command("erase", "--call", CALL, "--yes")
    assert refused.returncode == 1
    assert str(backup) in refused.stderr
    assert home.pipeline.command("reviews", "backup", str(backup)).returncode == 0
    assert home.pipeline.command("erase").returncode == 0

    engine = open_operations(f"sqlite:///{home.home / 'operations.sqlite'}")
    checked = check_all(engine, lambda _: None)
    engine.dispose()
    assert checked.faults == ()
    assert checked.erased > 5
    reviews = open_reviews(f"sqlite:///{home.home / 'operations.sqlite'}")
    left = reviews.evaluation(EVALUATOR, evaluation_id)
    reviews.close()
    assert left.score is not None
    assert left.call.call_id.startswith("erased-")
    assert [each.comment for each in left.answers.values() if each.comment] == []


@pytest.mark.thorough
def test_nothing_of_evaluations_is_left_where_the_setting_says_so(home: Home) -> None:
    evaluate(home)
    home.pipeline.settings["QA_ERASED_EVALUATIONS"] = "nothing"
    assert home.pipeline.command("erase", "--call", CALL, "--yes").returncode == 0
    with closing(sqlite3.connect(home.home / "operations.sqlite")) as connection:
        assert connection.execute("select count(*) from evaluations_state").fetchone() == (0,)
    assert home.pipeline.command("reviews", "verify").returncode == 0


def test_what_was_changed_without_a_word_stays_a_fault(home: Home) -> None:
    evaluate(home)
    with closing(sqlite3.connect(home.home / "operations.sqlite")) as connection:
        connection.execute('update review_log set payload = \'{"erased":"x"}\' where seq = 3')
        connection.commit()
    assert home.pipeline.command("reviews", "verify").returncode == 1


def test_a_call_on_hold_is_not_erased_until_it_is_released(home: Home) -> None:
    held = home.pipeline.command("hold", "--customer", CUSTOMER, "--reason", "court case 12/25", "--by", "ada")
    hold_id = held.stdout.split()[1]

    refused = home.pipeline.command("erase", "--call", CALL, "--yes")

    assert refused.returncode == 1
    assert "court case 12/25" in refused.stderr
    assert CALL in home.calls()
    assert CUSTOMER in home.pipeline.command("hold", "--list").stdout
    assert home.pipeline.command("hold", "--release", hold_id).returncode == 0
    assert home.pipeline.command("erase", "--call", CALL, "--yes").returncode == 0
    assert home.left() == [], "the hold that is over says no more whom it was about"


def test_nothing_is_erased_while_a_run_is_under_way(home: Home) -> None:
    from qa_pipeline.runs.leases import Leases

    leases = Leases(home.home / "dagster" / "leases")
    leases.take("a-run", GOLDEN_DAY)
    try:
        refused = home.pipeline.command("erase", "--call", CALL, "--yes")
    finally:
        leases.release("a-run")
    assert refused.returncode == 1
    assert f"a run is under way (days {GOLDEN_DAY})" in refused.stderr
    assert CALL in home.calls()


@pytest.mark.whole_run
def test_what_nobody_knows_is_said_and_so_is_what_was_erased_before(home_without: Home) -> None:
    unknown = home_without.pipeline.command("erase", "--call", "no-such-call", "--yes")
    assert unknown.returncode == 1
    assert "nothing is known of no-such-call" in unknown.stderr
    again = home_without.pipeline.command("erase", "--call", CALL, "--yes")
    assert "erased already" in again.stderr


def test_a_run_without_the_key_of_the_tombstones_is_refused(home_without: Home) -> None:
    assert "1 call erased, known by" in home_without.pipeline.command("doctor").stdout
    (home_without.home / "erasure.key").unlink()
    assert "erasure.key, by which they are known, is missing" in home_without.pipeline.command("doctor").stdout
    refused = home_without.pipeline.command("run", "--from", GOLDEN_DAY)
    assert refused.returncode != 0
    assert "erasure.key" in refused.stdout + refused.stderr
    assert home_without.calls() == sorted(KEPT)


@pytest.mark.whole_run
def test_a_proof_that_finds_something_names_the_file_and_stands_in_nobodys_way(home: Home) -> None:
    (home.home / f"note-{CALL}.txt").write_text("kept by somebody", encoding="utf-8")

    refused = home.pipeline.command("erase", "--call", CALL, "--yes")

    assert refused.returncode == 1
    assert "1 erasure begun and not finished" in home.pipeline.command("doctor").stdout
    assert "note-erased-" in refused.stderr
    assert "call id in its name" in refused.stderr
    copy = home.home / "raw" / "model" / f"{GOLDEN_DAY}"
    copy.mkdir(parents=True)
    submission = submissions_of_plan(home)[0]
    (copy / f"{submission}.json").write_text("restored by somebody", encoding="utf-8")

    another = home.pipeline.command("erase", "--call", KEPT[0], "--yes")

    assert another.returncode == 1, "the first is still open"
    assert home.calls() == [KEPT[1]]
    assert list(copy.parent.rglob("*.json")) == [], "steps that were done are done again"
    (home.home / f"note-{CALL}.txt").unlink()
    assert home.pipeline.command("erase").returncode == 0
    assert home.left() == []
    assert not list((home.home / "erasing").iterdir())


def submissions_of_plan(home: Home) -> list[str]:
    [plan] = (home.home / "erasing").glob("*.json")
    return list(json.loads(plan.read_text(encoding="utf-8"))["subject"]["submissions"])


@pytest.mark.whole_run
def test_a_hold_counts_until_something_is_deleted_and_the_erasure_can_be_withdrawn(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(Exception):
        pass

    whole = list(erasure.STEPS)

    def die_after(number: int) -> None:
        name, step = whole[number]

        def run(work):  # type: ignore[no-untyped-def]
            step(work)
            raise Died

        monkeypatch.setattr(erasure, "STEPS", [*whole[:number], (name, run), *whole[number + 1 :]])

    die_after(0)
    assert "Died" in home.pipeline.command("erase", "--call", CALL, "--yes").stderr
    monkeypatch.setattr(erasure, "STEPS", whole)
    [plan] = (home.home / "erasing").glob("*.json")
    held = home.pipeline.command("hold", "--call", CALL, "--reason", "court case")

    refused = home.pipeline.command("erase")

    assert refused.returncode == 1
    assert f"erase --withdraw {plan.stem[:8]}" in refused.stderr
    assert CALL in home.calls()
    assert "withdrawn" in home.pipeline.command("erase", "--withdraw", plan.stem[:8]).stdout
    assert not plan.exists()
    home.pipeline.run(GOLDEN_DAY)
    assert CALL in home.calls(), "no tombstone is left"
    home.pipeline.command("hold", "--release", held.stdout.split()[1])
    die_after(1)
    assert "Died" in home.pipeline.command("erase", "--call", CALL, "--yes").stderr
    [plan] = (home.home / "erasing").glob("*.json")
    assert "can't be taken back" in home.pipeline.command("erase", "--withdraw", plan.stem[:8]).stderr


def test_a_recording_of_an_erased_call_is_not_transcribed_by_hand(home_without: Home) -> None:
    recording = home_without.pipeline.landing / GOLDEN_DAY / f"{CALL}.mp3"
    refused = home_without.pipeline.command("transcribe", str(recording), "--yes")
    assert refused.returncode == 2
    assert "was erased" in refused.stderr
