"""Checks alerts: who is told of what, or every fault, by file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from qa_pipeline.alerts.channels import Channel
from qa_pipeline.alerts.plan import AlertPlan, Route, Watched
from qa_pipeline.commands.json_schema import print_json_schema
from qa_pipeline.commands.near_names import NO_SUCH_RULE, did_you_mean
from qa_pipeline.judging.rule_files import project_rule_ids
from qa_pipeline.outbox.addresses import addresses_of
from qa_pipeline.outbox.alert_file import NAME, alert_file, read_alert_file
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out, print_faults
from qa_pipeline.yaml_files.reading import BadFile

METRICS = (
    "agent_talk_speed", "talk_ratio", "silence_ratio", "dead_air_s", "overlap_s", "agent_interruptions",
    "response_ms_p50", "customer_valence", "valence_shift", "negative_share", "agent_unsure_share",
    "customer_unsure_share",
)  # fmt: skip
"""What `metrics_daily` has means of."""


def check_command(file: Path | None) -> int:
    """1 where the file has a fault, or watches something that there is not."""
    settings = load_settings()
    path = file or project_alerts(settings)
    plan = plan_of(path)
    if plan is None:
        return EXIT_WORK_REMAINS
    faults = [f"{path}: {said}" for watched in plan.causes for said in unknown(watched, project_rule_ids(settings))]
    print_faults(faults)
    _, without = addresses_of(plan, settings.plain_http_hosts)
    for channel in plan.channels:
        out.print(f"✓ {path}: {described(channel, plan)}", markup=False)
    for channel_id, reason in without.items():
        err.print(f"note: {channel_id} is told nothing: {reason}", markup=False, style="yellow")
    return EXIT_WORK_REMAINS if faults else EXIT_OK


def plan_of(path: Path) -> AlertPlan | None:
    """What the file says; None, with its faults printed, where it has any."""
    try:
        return read_alert_file(path)
    except BadFile as error:
        print_faults(error.faults)
        return None


def print_schema() -> None:
    """The JSON schema of the file, for editors that complete and check YAML by one."""
    print_json_schema(AlertPlan.model_json_schema())


def project_alerts(settings: Settings) -> Path:
    """The file of the project.

    Raises:
        CommandError: there is none.
    """
    if (path := alert_file(settings)) is None:
        raise CommandError(
            f"there is no {NAME} in {settings.home} or {settings.project_root.resolve()}, so nobody is told of "
            f"anything; copy samples/{NAME}, or name the file"
        )
    return path


def described(channel: Channel, plan: AlertPlan) -> str:
    """A channel in a line: what it is, what goes there, and when."""
    ways = "; or ".join(_way(route) for route in plan.routes if channel.id in route.to)
    when = []
    if channel.quiet is not None:
        when.append(f"quiet {channel.quiet.from_} to {channel.quiet.to}")
    if channel.digest_minutes is not None:
        when.append(f"digest of {channel.digest_minutes} min")
    if channel.urgent is not None:
        when.append(f"{channel.urgent} at once")
    language = plan.language_of(channel)
    return f"{channel.id} ({', '.join([channel.kind, language, *when])}): {ways}"


def _way(route: Route) -> str:
    parts = [f"kinds {', '.join(route.kinds)}" if route.kinds else "everything"]
    if route.severity_at_least:
        parts.append(f"from {route.severity_at_least}")
    lists = {"rules": route.rules, "teams": route.teams, "queues": route.queues}
    parts += [f"{name} {', '.join(chosen)}" for name, chosen in lists.items() if chosen]
    return ", ".join(parts)


def unknown(watched: Watched, rules: Collection[str] | None) -> Iterator[str]:
    """What is watched and is not there, as sentences."""
    if watched.metric is not None and watched.metric not in METRICS:
        known = did_you_mean(watched.metric, METRICS, f"the metrics are {', '.join(METRICS)}.")
        yield f"metric {watched.metric}: unknown; {known}"
    for rule in watched.rules or ():
        if rules is not None and rule not in rules:
            yield f"rule {rule}: unknown; {did_you_mean(rule, rules, NO_SUCH_RULE)}"
