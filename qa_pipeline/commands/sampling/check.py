"""Checks sampling plans: each with its version and what it draws, or with every fault, by file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from qa_pipeline.audio.defects import Defect
from qa_pipeline.commands.json_schema import print_json_schema
from qa_pipeline.commands.near_names import NO_SUCH_RULE, did_you_mean
from qa_pipeline.commands.scorecards.check import NUMBERS
from qa_pipeline.drawing.plan_file import NAME, plan_file, read_plan_file
from qa_pipeline.judging.rule_files import project_rule_ids
from qa_pipeline.sampling.plans import Plan, Plans, Size
from qa_pipeline.scorecards.folder import FOLDER, card_files, read_cards
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out, print_faults
from qa_pipeline.wording.figures import count
from qa_pipeline.yaml_files.reading import BadFile


def check_command(file: Path | None) -> int:
    """1 where the file has a fault, or a plan looks at something that there is not."""
    settings = load_settings()
    path = file or project_plans(settings)
    try:
        plans = read_plan_file(path)
    except BadFile as error:
        print_faults(error.faults)
        return EXIT_WORK_REMAINS
    rules = project_rule_ids(settings)
    faults = [f"{path}: {said}" for plan in plans.plans for said in _unknown(plan, rules)]
    print_faults(faults)
    for plan in plans.plans:
        out.print(f"✓ {path}: {described(plan)}", markup=False)
    cards = {placed.card.scorecard for placed in read_cards(card_files(settings.resolve(Path(FOLDER)))).cards}
    for card in dict.fromkeys(plan.scorecard for plan in plans.plans if plan.scorecard not in cards):
        err.print(f"note: there is no card {card} in {FOLDER}/", markup=False, style="yellow")
    return EXIT_WORK_REMAINS if faults else EXIT_OK


def print_schema() -> None:
    """The JSON schema of the plans, for editors that complete and check YAML by one."""
    print_json_schema(Plans.model_json_schema())


def project_plans(settings: Settings) -> Path:
    """The file of the project.

    Raises:
        CommandError: there is none.
    """
    if (path := plan_file(settings)) is None:
        raise CommandError(
            f"there is no {NAME} in {settings.home} or {settings.project_root.resolve()}; copy samples/{NAME}, "
            "or name the file"
        )
    return path


def described(plan: Plan) -> str:
    """A plan in a line."""
    by = " and ".join(plan.strata.by)
    each = f"of each {by} and {plan.period}" if by else f"of each {plan.period}"
    risks = "".join(f", {_size(risk)} of {risk.id}" for risk in plan.risk)
    people = count(len(plan.evaluators.people), "evaluator") if plan.evaluators.people else "all evaluators"
    shares = f"{plan.blind_share:.0%} blind" + (f", {plan.double_share:.0%} by two" if plan.double_share else "")
    to_day = f" to {plan.effective_to}" if plan.effective_to else ""
    days = f"calls from {plan.effective_from}{to_day}"
    return f"{plan.plan} {plan.version}, {_size(plan.strata)} {each}{risks}; {shares}; {people}; {days}"


def _size(size: Size) -> str:
    if size.take is not None:
        return str(size.take)
    least = [f"at least {size.at_least}"] if size.at_least > 1 else []
    most = [f"at most {size.at_most}"] if size.at_most is not None else []
    bounds = f" ({', '.join([*least, *most])})" if least or most else ""
    return f"{100 * (size.share or 0):g}%{bounds}"


def _unknown(plan: Plan, rules: Collection[str] | None) -> Iterator[str]:
    """What conditions look at that there is not, as sentences."""
    for condition in plan.conditions():
        if condition.metric is not None and condition.metric not in NUMBERS:
            yield _looks_at(plan, "metric", condition.metric, NUMBERS, "docs/metrics.md lists them.")
        if condition.rule is not None and rules is not None and condition.rule not in rules:
            yield _looks_at(plan, "rule", condition.rule, rules, NO_SUCH_RULE)
        for defect in condition.defects or ():
            if defect not in tuple(Defect):
                yield _looks_at(plan, "defect", defect, tuple(Defect), f"they are {', '.join(Defect)}.")


def _looks_at(plan: Plan, what: str, name: str, known: Collection[str], otherwise: str) -> str:
    return f"{plan.plan} looks at the {what} {name}, which does not exist; {did_you_mean(name, known, otherwise)}"
