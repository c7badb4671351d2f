"""The walls between the rooms, read from the source: docs and good will don't hold them, a failing test does.

Each rule is one row of RULES: its name and a function from one parsed file to the sentences that say what is
wrong in it. The rules are tried on small trees with a planted fault first, so none of them can pass by being blind.
"""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECKED_FOLDERS = ("qa_pipeline", "dashboards", "samples", "benchmarks")

ORCHESTRATION = (
    "qa_pipeline.definitions",
    "qa_pipeline.defs",
    "qa_pipeline.runs.event_progress",
    "qa_pipeline.runs.launch",
    "qa_pipeline.runs.launcher",
    "qa_pipeline.runs.new_files",
    "qa_pipeline.runs.outcome",
    "qa_pipeline.runs.storage",
    "qa_pipeline.workers.executor",
    "qa_pipeline.workers.launcher",
    "qa_pipeline.workers.step_process",
    "qa_pipeline.workers.storage",
    "qa_pipeline.workers.submission",
    "benchmarks.growth_steps",
    "benchmarks.workers_run",
    "benchmarks.taking_in",
)
PURE_ROOMS = {
    "audio": ("audio",),
    "recordings": ("recordings", "audio", "transcription.models", "transcription.languages", "transcription.roles"),
    "transcription": ("transcription",),
    "conversation": ("conversation", "transcription"),
    "rules": ("rules", "conversation", "transcription", "search", "yaml_files"),
    "privacy": ("privacy", "search", "transcription"),
    "export": ("export", "transcription"),
    "search": ("search", "transcription"),
    "wording": ("wording", "conversation", "transcription", "recordings", "audio", "voices", "rules"),
    "accuracy": ("accuracy", "transcription"),
    "voices": ("voices", "audio", "conversation", "transcription"),
    "people": ("people",),
    "scorecards": ("scorecards", "yaml_files"),
    "agreement": ("agreement",),
    "sampling": ("sampling", "agreement", "yaml_files"),
    "yaml_files": ("yaml_files",),
    "alerts": ("alerts", "yaml_files"),
}
"""A pure room → the rooms of the project it may import, besides qa_pipeline.errors."""

MAY_READ_FILES = ("audio", "recordings", "voices", "scorecards", "yaml_files")
OUTSIDE_WORLD = (
    "httpx", "requests", "urllib.request", "http.client", "socket", "duckdb", "sqlalchemy", "sqlite3", "time",
    "random", "secrets", "uuid", "subprocess", "asyncio", "dagster", "dashscope",
)  # fmt: skip
CLOCK_CALLS = ("now", "utcnow", "today")
AGGREGATES_OF_FRAMES = ("groupby", "merge", "pivot", "pivot_table", "agg", "crosstab")
PURE_AND_STEPS = (*PURE_ROOMS, "landing", "sound", "dispatch", "reading")
ROOMS = (
    *PURE_AND_STEPS, "ledger", "warehouse", "object_storage", "statements", "published", "dashscope",
    "service", "local_service", "runs", "workers", "defs", "commands", "processes", "views", "lake", "moving",
    "sharding", "reviews", "drawing", "judging", "erasing", "outbox", "looks",
)  # fmt: skip
TOP_MODULES = ("cli", "definitions", "settings", "terminal", "errors")
FACES = {"defs": ("defs", "definitions"), "commands": ("commands", "cli")}
"""A face → the only modules and rooms that may import it."""

RAW_TEXT_FACE = "dashboards.unmasking"
OPEN_DUCKDB = ("warehouse", "published", "lake")
SQL_LINES = 3
"""Longer SQL is a file in sql/, where it is linted and can be tested."""

SQL = re.compile(r"\b(select|insert into|delete from|unpivot)\b.*\b(from|values)\b|\bupdate\s+\w+\s+set\b", re.DOTALL)
SAME_NAMED_CLASSES = 3
FORBIDDEN_NAMES = ("utils", "util", "helpers", "helper", "common", "misc")
FORBIDDEN_ENDINGS = ("_v2", "_v3", "_legacy", "_old", "_new")


@dataclass(frozen=True)
class Source:
    """One file: its dotted module name, its tree, and the root of the project that it is part of."""

    module: str
    tree: ast.Module
    root: Path

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @functools.cached_property
    def imports(self) -> set[str]:
        """Dotted names of everything imported anywhere in the file, `from a import b` as `a.b` and as `a`."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        return found

    def imports_any(self, *names: str) -> list[str]:
        """Which of these modules (or anything in them) the file imports."""
        return sorted(name for name in names if any(_inside(found, name) for found in self.imports))

    @property
    def room(self) -> str:
        """The part of the project the file belongs to: `ledger` for qa_pipeline.ledger.states."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "qa_pipeline" and len(parts) > 1 else parts[0]


Rule = Callable[[Source], Iterator[str]]


def _inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def dagster_stays_in_the_orchestration(source: Source) -> Iterator[str]:
    if source.imports_any("dagster") and not any(_inside(source.module, place) for place in ORCHESTRATION):
        yield f"imports dagster; only {', '.join(ORCHESTRATION)} may"


def pure_rooms_take_values_and_give_values(source: Source) -> Iterator[str]:
    if not source.module.startswith("qa_pipeline.") or source.room not in PURE_ROOMS:
        return
    allowed = tuple(f"qa_pipeline.{room}" for room in PURE_ROOMS[source.room])
    for name in source.imports:
        if _inside(name, "qa_pipeline.errors"):
            continue
        # `from qa_pipeline.audio import faults` appears as qa_pipeline.audio and qa_pipeline.audio.faults
        if _inside(name, "qa_pipeline") and not any(_inside(name, room) or _inside(room, name) for room in allowed):
            yield f"imports {name}, which its room may not"
    for name in source.imports_any(*OUTSIDE_WORLD):
        yield f"imports {name}: a pure room knows no client, database, clock, chance or process"
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
            yield f"line {node.lineno} reads the environment"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS:
            yield f"line {node.lineno} reads the clock"
        if source.room not in MAY_READ_FILES and _opens_a_file(node):
            yield f"line {getattr(node, 'lineno', 0)} opens a file"


def _opens_a_file(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id == "open"
    reads = ("read_text", "read_bytes", "write_text", "write_bytes", "open")
    return isinstance(node.func, ast.Attribute) and node.func.attr in reads


def the_client_and_the_local_service_stand_alone(source: Source) -> Iterator[str]:
    allowed = {
        "dashscope": ("dashscope", "transcription", "privacy"),
        "local_service.weights": ("local_service.weights",),
        "local_service": ("local_service", "audio", "transcription"),
    }
    room = next((room for room in allowed if _inside(source.module, f"qa_pipeline.{room}")), None)
    if room is None:
        return
    rooms = ("qa_pipeline.errors", *(f"qa_pipeline.{name}" for name in allowed[room]))
    for name in source.imports - {"qa_pipeline", "qa_pipeline.__version__"}:
        if _inside(name, "qa_pipeline") and not any(_inside(name, room) or _inside(room, name) for room in rooms):
            yield f"imports {name}; {room}/ may import {', '.join(rooms)} only"


def one_room_talks_to_object_storage(source: Source) -> Iterator[str]:
    if source.imports_any("obstore", "boto3", "botocore") and source.room not in ("object_storage", "benchmarks"):
        yield "imports a client of object storage; only object_storage/ may"
    if not _inside(source.module, "qa_pipeline.object_storage"):
        return
    for name in source.imports - {"qa_pipeline"}:
        if _inside(name, "qa_pipeline.errors"):
            continue
        if _inside(name, "qa_pipeline") and not _inside(name, "qa_pipeline.object_storage"):
            yield f"imports {name}; object_storage/ knows nothing of the project"


def money_and_wire_meet_in_dispatch_only(source: Source) -> Iterator[str]:
    both = source.imports_any("qa_pipeline.ledger", "qa_pipeline.dashscope")
    if len(both) == 2 and source.room not in ("dispatch", "service", "commands"):
        yield "imports both the ledger and the service's client; only dispatch, service and commands may"


def dashboards_read_what_is_published(source: Source) -> Iterator[str]:
    if source.room != "dashboards":
        return
    closed = ("defs", "dashscope", "dispatch", "lake", "ledger", "local_service", "warehouse", "definitions")
    for name in source.imports_any(*(f"qa_pipeline.{room}" for room in closed)):
        yield f"imports {name}; dashboards read the published snapshot and nothing behind it"
    if source.imports_any("duckdb"):
        yield "imports duckdb; published/ opens snapshots and asks them"


def raw_text_has_one_way_out(source: Source) -> Iterator[str]:
    if source.room == "looks" or _inside(source.module, RAW_TEXT_FACE):
        return
    if source.imports_any("qa_pipeline.looks.raw_texts"):
        yield f"reads what was masked; only {RAW_TEXT_FACE} may, which writes down who looks"


def two_rooms_open_duckdb(source: Source) -> Iterator[str]:
    if "duckdb.connect" in source.imports:
        yield "imports connect from duckdb: write duckdb.connect, which this test can find"
    for node in source.nodes:
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "duckdb.connect":
            continue
        if source.room not in OPEN_DUCKDB:
            yield f"line {node.lineno} opens DuckDB; only {' and '.join(OPEN_DUCKDB)} may"
        elif source.room == "published" and node.args and not _is_true(node, "read_only"):
            yield f"line {node.lineno} opens DuckDB without read_only=True"


def _is_true(call: ast.Call, keyword: str) -> bool:
    values = [item.value for item in call.keywords if item.arg == keyword]
    return any(isinstance(value, ast.Constant) and value.value is True for value in values)


def joins_and_aggregates_are_sql(source: Source) -> Iterator[str]:
    if not source.imports_any("pandas", "polars", "duckdb"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in AGGREGATES_OF_FRAMES:
            yield f"line {node.lineno} uses .{node.attr}: joins and aggregates belong into sql/"


def longer_sql_is_a_file(source: Source) -> Iterator[str]:
    if source.module.split(".")[0] not in ("qa_pipeline", "dashboards"):
        return
    docstrings = {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}
    for node in source.nodes:
        if id(node) in docstrings or not isinstance(node, ast.JoinedStr | ast.Constant):
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in parts)
        lines = len([line for line in text.splitlines() if line.strip()])
        if "\n" not in text:  # in pieces that stand below each other
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > SQL_LINES and SQL.search(text.lower()):
            yield f"line {node.lineno} has {lines} lines of SQL; a statement of more than {SQL_LINES} is a file in sql/"


def nobody_imports_a_face(source: Source) -> Iterator[str]:
    if source.module.split(".")[0] not in ("qa_pipeline", "dashboards"):
        return
    for face, allowed in FACES.items():
        if source.room not in allowed and source.imports_any(f"qa_pipeline.{face}"):
            yield f"imports qa_pipeline.{face}, which only {' and '.join(allowed)} may: move what both need into a room"


def steps_know_nothing_of_the_way_out(source: Source) -> Iterator[str]:
    if not source.module.startswith("qa_pipeline.") or source.room not in PURE_AND_STEPS or source.room == "wording":
        return
    for name in source.imports_any(*(f"qa_pipeline.{room}" for room in ("published", "runs", "terminal", "wording"))):
        yield f"imports {name}; a step gives values, and commands and pages show them"


def every_module_belongs_to_a_room(source: Source) -> Iterator[str]:
    package, *rest = source.module.split(".")
    if package != "qa_pipeline" or not rest or rest[0].startswith("__"):
        return
    if rest[0] not in (*ROOMS, *TOP_MODULES):
        yield f"is in no room: {', '.join(ROOMS)}; at the top are {', '.join(TOP_MODULES)} alone"


def classes_are_told_apart_by_their_names(source: Source) -> Iterator[str]:
    if source.module.split(".")[0] not in ("qa_pipeline", "dashboards"):
        return
    times = _class_names(source.root)
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and times[node.name] > SAME_NAMED_CLASSES:
            yield f"line {node.lineno} has class {node.name}, one of {times[node.name]} of this name"


@functools.cache
def _class_names(root: Path) -> Counter[str]:
    return Counter(
        node.name
        for source in sources(root)
        if source.module.split(".")[0] in ("qa_pipeline", "dashboards")
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
    )


def annotations_stay_real_where_dagster_reads_them(source: Source) -> Iterator[str]:
    if source.imports_any("dagster") and "__future__.annotations" in source.imports:
        yield "imports dagster and postponed annotations, which break the type of `context`"


def modules_are_named_for_what_they_hold(source: Source) -> Iterator[str]:
    for part in source.module.split("."):
        if part in FORBIDDEN_NAMES or part.endswith(FORBIDDEN_ENDINGS):
            yield f"is named {part!r}, which says nothing about what it holds"


def imports_are_absolute(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno} imports relatively"


RULES: dict[str, Rule] = {
    "1 dagster": dagster_stays_in_the_orchestration,
    "2 pure rooms": pure_rooms_take_values_and_give_values,
    "3 client and local service": the_client_and_the_local_service_stand_alone,
    "3 object storage": one_room_talks_to_object_storage,
    "3 ledger and client": money_and_wire_meet_in_dispatch_only,
    "4 dashboards": dashboards_read_what_is_published,
    "4 raw text": raw_text_has_one_way_out,
    "4 DuckDB": two_rooms_open_duckdb,
    "5 SQL": joins_and_aggregates_are_sql,
    "5 SQL files": longer_sql_is_a_file,
    "6 faces": nobody_imports_a_face,
    "6 steps": steps_know_nothing_of_the_way_out,
    "rooms": every_module_belongs_to_a_room,
    "class names": classes_are_told_apart_by_their_names,
    "annotations": annotations_stay_real_where_dagster_reads_them,
    "names": modules_are_named_for_what_they_hold,
    "absolute imports": imports_are_absolute,
}


@functools.cache
def sources(root: Path) -> tuple[Source, ...]:
    """Every Python file of the checked folders below `root`."""
    found = []
    for folder in CHECKED_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Source(module, ast.parse(path.read_text(encoding="utf-8"), str(path)), root))
    return tuple(found)


def violations(root: Path, rule: Rule) -> list[str]:
    return [f"{source.module} {problem}" for source in sources(root) for problem in rule(source)]


@pytest.mark.parametrize("name", RULES)
def test_the_rule_holds_in_the_whole_project(name: str) -> None:
    assert violations(ROOT, RULES[name]) == []


def test_the_whole_project_is_looked_at() -> None:
    modules = {source.module for source in sources(ROOT)}
    assert {"qa_pipeline.ledger.ledger", "qa_pipeline.settings", "dashboards.queries", "qa_pipeline"} <= modules


@dataclass(frozen=True)
class Planted:
    """A file that breaks a rule, and a like one that doesn't."""

    rule: str
    bad_path: str
    bad: str
    good_path: str
    good: str


PLANTED = {
    "dagster in the ledger": Planted(
        "1 dagster", "qa_pipeline/ledger/a.py", "import dagster as dg",
        "qa_pipeline/defs/assets/a.py", "import dagster as dg",
    ),
    "dagster inside a function": Planted(
        "1 dagster", "qa_pipeline/commands/run.py", "def f():\n    from dagster import asset",
        "qa_pipeline/runs/launch.py", "from dagster import asset",
    ),
    "a pure room with a client": Planted(
        "2 pure rooms", "qa_pipeline/transcription/a.py", "import httpx",
        "qa_pipeline/transcription/a.py", "import json",
    ),
    "a pure room reading the ledger": Planted(
        "2 pure rooms", "qa_pipeline/recordings/a.py", "from qa_pipeline.ledger.states import UnitState",
        "qa_pipeline/recordings/a.py", "from qa_pipeline.transcription.models import EMOTIONS",
    ),
    "a pure room that talks to a terminal": Planted(
        "2 pure rooms", "qa_pipeline/recordings/a.py", "from qa_pipeline.terminal import CommandError",
        "qa_pipeline/recordings/a.py", "from qa_pipeline.errors import WrongUse",
    ),
    "a pure room reading settings": Planted(
        "2 pure rooms", "qa_pipeline/audio/a.py", "from qa_pipeline import settings",
        "qa_pipeline/audio/a.py", "from qa_pipeline.audio import faults",
    ),
    "recordings reading more of transcription than its table of models": Planted(
        "2 pure rooms", "qa_pipeline/recordings/a.py", "from qa_pipeline.transcription.results import Word",
        "qa_pipeline/recordings/a.py", "from qa_pipeline.transcription import models",
    ),
    "a pure room with a clock": Planted(
        "2 pure rooms", "qa_pipeline/recordings/a.py", "import datetime as dt\nx = dt.datetime.now(dt.UTC)",
        "qa_pipeline/recordings/a.py", "import datetime as dt\nx = dt.datetime.fromisoformat('2025-09-01')",
    ),
    "a pure room that reads the snapshot itself": Planted(
        "2 pure rooms", "qa_pipeline/export/a.py", "from qa_pipeline.warehouse.snapshots import current_snapshot",
        "qa_pipeline/export/a.py", "from qa_pipeline.transcription.results import Sentence",
    ),
    "a pure room with an environment": Planted(
        "2 pure rooms", "qa_pipeline/audio/a.py", "import os\nx = os.environ['A']",
        "qa_pipeline/audio/a.py", "import os\nx = os.fsencode('a')",
    ),
    "a pure room that opens a file": Planted(
        "2 pure rooms", "qa_pipeline/transcription/a.py", "def f(path):\n    return path.read_text()",
        "qa_pipeline/audio/a.py", "def f(path):\n    return path.read_bytes()",
    ),
    "the client knowing settings": Planted(
        "3 client and local service", "qa_pipeline/dashscope/a.py", "from qa_pipeline.settings import Settings",
        "qa_pipeline/dashscope/a.py", "from qa_pipeline.transcription.models import MODELS",
    ),
    "the local service knowing the ledger": Planted(
        "3 client and local service", "qa_pipeline/local_service/a.py", "import qa_pipeline.ledger.ledger",
        "qa_pipeline/local_service/a.py", "from qa_pipeline import __version__",
    ),
    "the weights of models knowing settings": Planted(
        "3 client and local service",
        "qa_pipeline/local_service/weights/a.py", "from qa_pipeline.settings import Settings",
        "qa_pipeline/local_service/weights/a.py", "from qa_pipeline.local_service.weights.errors import WeightsError",
    ),
    "an asset that reads a bucket": Planted(
        "3 object storage", "qa_pipeline/defs/assets/a.py", "def f():\n    import obstore",
        "qa_pipeline/object_storage/a.py", "import obstore",
    ),
    "a bucket that knows settings": Planted(
        "3 object storage", "qa_pipeline/object_storage/a.py", "from qa_pipeline.settings import Settings",
        "qa_pipeline/object_storage/a.py", "from qa_pipeline.object_storage.faults import StorageError",
    ),
    "an asset that pays": Planted(
        "3 ledger and client", "qa_pipeline/defs/assets/a.py",
        "from qa_pipeline.ledger.ledger import Ledger\nfrom qa_pipeline.dashscope.client import DashScopeClient",
        "qa_pipeline/dispatch/a.py",
        "from qa_pipeline.ledger.ledger import Ledger\nfrom qa_pipeline.dashscope.client import DashScopeClient",
    ),
    "a dashboard that asks the service": Planted(
        "4 dashboards", "dashboards/app_pages/a.py", "from qa_pipeline.dashscope import client",
        "dashboards/app_pages/a.py", "from qa_pipeline.settings import load_settings",
    ),
    "a page that queries by itself": Planted(
        "4 dashboards", "dashboards/queries.py", "import duckdb",
        "dashboards/queries.py", "from qa_pipeline.published.snapshot import Snapshot",
    ),
    "a page that shows what was masked": Planted(
        "4 raw text", "dashboards/app_pages/a.py", "from qa_pipeline.looks.raw_texts import read_raw_texts",
        "dashboards/unmasking/a.py", "from qa_pipeline.looks.raw_texts import read_raw_texts",
    ),
    "a page that opens DuckDB by itself": Planted(
        "4 DuckDB", "dashboards/queries.py", "import duckdb\nduckdb.connect('x', read_only=True)",
        "qa_pipeline/published/snapshot.py", "import duckdb\nduckdb.connect('x', read_only=True)",
    ),
    "a door that opens for writing": Planted(
        "4 DuckDB", "qa_pipeline/published/snapshot.py", "import duckdb\nduckdb.connect('x')",
        "qa_pipeline/warehouse/database.py", "import duckdb\nduckdb.connect('x')",
    ),
    "a door by another name": Planted(
        "4 DuckDB", "qa_pipeline/commands/a.py", "from duckdb import connect",
        "qa_pipeline/commands/a.py", "from duckdb import DuckDBPyConnection",
    ),
    "a select among the code": Planted(
        "5 SQL files", "qa_pipeline/commands/a.py", "x = '''\nselect\n    call_id\nfrom calls\nwhere true\n'''",
        "qa_pipeline/commands/a.py", "x = '''\nselect call_id\nfrom calls\n'''",
    ),
    "a select in pieces": Planted(
        "5 SQL files", "dashboards/a.py", "x = (\n'select a '\nf'from {b} '\n'where c '\n'and d')",
        "dashboards/a.py", "x = (\n'pick a '\nf'out of {b} '\n'where c '\n'and d')",
    ),
    "an update among the code": Planted(
        "5 SQL files", "qa_pipeline/warehouse/a.py", "x = '''\nupdate calls\nset\n    a = 1,\n    b = 2\n'''",
        "qa_pipeline/warehouse/a.py", "def f():\n    '''Reads a select\n\n    from a file\n    of sql/.\n    '''",
    ),
    "a command that uses an asset": Planted(
        "6 faces", "qa_pipeline/commands/a.py", "from qa_pipeline.defs.assets.calls import calls",
        "qa_pipeline/definitions.py", "from qa_pipeline.defs.assets.calls import calls",
    ),
    "an asset that uses a command": Planted(
        "6 faces", "qa_pipeline/defs/assets/a.py", "from qa_pipeline.commands.cost import forecast",
        "qa_pipeline/defs/assets/a.py", "from qa_pipeline.dispatch.prices import price",
    ),
    "a door that uses a command": Planted(
        "6 faces", "qa_pipeline/published/a.py", "from qa_pipeline.commands import sql",
        "qa_pipeline/cli.py", "from qa_pipeline.commands import sql",
    ),
    "a step that prints": Planted(
        "6 steps", "qa_pipeline/landing/a.py", "from qa_pipeline.terminal import out",
        "qa_pipeline/landing/a.py", "from qa_pipeline.settings import Settings",
    ),
    "a module beside the rooms": Planted("rooms", "qa_pipeline/a.py", "", "qa_pipeline/__main__.py", ""),
    "a room without a name": Planted("rooms", "qa_pipeline/things/a.py", "", "qa_pipeline/ledger/a.py", ""),
    "a fourth class of a name": Planted(
        "class names", "dashboards/a.py", "\n".join(f"def f{n}():\n    class Call: ..." for n in range(4)),
        "dashboards/a.py", "\n".join(f"def f{n}():\n    class Call: ..." for n in range(3)),
    ),
    "a join in Python": Planted(
        "5 SQL", "dashboards/charts.py", "import pandas as pd\npd.DataFrame().groupby('a')",
        "dashboards/charts.py", "import pandas as pd\npd.DataFrame().sort_values('a')",
    ),
    "postponed annotations beside dagster": Planted(
        "annotations", "qa_pipeline/defs/assets/a.py", "from __future__ import annotations\nimport dagster",
        "qa_pipeline/settings.py", "from __future__ import annotations\nimport os",
    ),
    "a drawer for everything": Planted("names", "qa_pipeline/ledger/utils.py", "", "qa_pipeline/ledger/states.py", ""),
    "a second version": Planted("names", "qa_pipeline/ledger_v2/a.py", "", "qa_pipeline/ledger/a.py", ""),
    "a relative import": Planted(
        "absolute imports", "qa_pipeline/ledger/a.py", "from . import states",
        "qa_pipeline/ledger/a.py", "from qa_pipeline.ledger import states",
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_the_rule_finds_a_planted_fault_and_nothing_in_its_rightful_twin(planted: Planted, tmp_path: Path) -> None:
    _plant(tmp_path / "good", planted.good_path, planted.good)
    _plant(tmp_path / "bad", planted.bad_path, planted.bad)
    rule = RULES[planted.rule]
    assert violations(tmp_path / "good", rule) == []
    assert violations(tmp_path / "bad", rule) != []


def test_every_rule_was_tried_on_a_planted_fault() -> None:
    assert {planted.rule for planted in PLANTED.values()} == set(RULES)


def _plant(root: Path, relative: str, text: str) -> None:
    path = root / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
