"""Defects of the sound and channels that were not sent for it, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_pipeline.audio.defects import Defect
from qa_pipeline.published.output import visible
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.terminal import out
from qa_pipeline.wording.channels import NOT_SENT, explanation

CALLS_NAMED = 3
_WHO_SAYS_WHAT = (Defect.DUAL_MONO, Defect.ONE_SIDED, Defect.OUT_OF_STEP)
"""What makes it doubtful who says what and when: a call that counts as ok is to be looked at all the same."""


def print_sound(snapshot: Snapshot, where: str = "", values: Mapping[str, Any] | None = None) -> None:
    """Prints the defects in the rows of `acoustics` that `where` selects; nothing where there are none.

    A snapshot of an earlier version does not have the table.
    """
    if "acoustics" not in snapshot.tables():
        return
    defects = snapshot.tuples(
        "select defect, count(distinct call_id), list(distinct call_id order by call_id) from "
        f"(select call_id, unnest(defects) as defect from acoustics {where}) "
        "group by defect order by count(distinct call_id) desc, defect",
        values,
    )
    if defects:
        out.print(f"Defects   {', '.join(f'{count} {name}' for name, count, _ in defects)} (calls)")
    for name, count, call_ids in defects:
        if name in _WHO_SAYS_WHAT:
            named = ", ".join(visible(call_id) for call_id in call_ids[:CALLS_NAMED])
            more = f" and {count - CALLS_NAMED} more" if count > CALLS_NAMED else ""
            out.print(f"          {name}: {named}{more}: {explanation(name)}", style="yellow", markup=False)
    actions = dict(snapshot.tuples(f"select action, count(*) from acoustics {where} group by action", values))
    left_out = [f"{actions[action]} {why}" for action, why in NOT_SENT.items() if action in actions]
    if left_out:
        out.print(f"Not sent  {', '.join(left_out)} (channels; nothing is paid for them)")
