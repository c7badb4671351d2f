"""Asset `alerts`: what is published of the run's days, and of others, is looked through, and who is to know is told.

It never fails a run: what was not told is found and told by the next run, by the sensor, or by `qa-pipeline alerts`."""

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.resources import SettingsResource
from qa_pipeline.errors import UserError
from qa_pipeline.outbox.rounds import Round, alert_round
from qa_pipeline.yaml_files.reading import BadFile

ALERTS = Asset(
    "alerts",
    "Messages to people about hits of grave rules, automatic fails and rates outside their limits, by alerts.yaml. "
    "Without that file nothing is kept and nothing leaves.",
    group="publication",
    deps=["published"],
    kinds={"python"},
    checks=[
        Check(
            "the_alerts_were_taken",
            "alerts.yaml has no fault, where there is one, and all its channels have an address",
            blocking=False,
            severity=dg.AssetCheckSeverity.WARN,
        )
    ],
)


@step(ALERTS, pool=None)
def alerts(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.MaterializeResult:
    """One round, whatever days the run is for."""
    done, faults = Round(), list[str]()
    try:
        done = alert_round(settings.load())
    except BadFile as error:
        faults = [f"{fault} Nobody was told of anything." for fault in error.faults]
    except (UserError, SQLAlchemyError, OSError) as error:
        faults = [f"nobody was told of anything: {type(error).__name__}"]
    faults += [f"channel {channel}: {reason}" for channel, reason in done.without.items()]
    for fault in faults:
        context.log.warning(fault)
    [check] = ALERTS.checks
    return dg.MaterializeResult(
        asset_key=ALERTS.key,
        metadata={
            "new": done.added,
            "sent": done.sent.sent,
            "failed": done.sent.failed,
            "given_up": done.sent.given_up,
        },
        check_results=[
            dg.AssetCheckResult(
                asset_key=ALERTS.key,
                check_name=check.name,
                passed=not faults,
                severity=check.severity,
                metadata={"faults": dg.MetadataValue.json(faults)},
            )
        ],
    )
