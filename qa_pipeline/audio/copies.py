"""Whether a channel holds a copy of the other party's voice, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.correlation import Likeness, PairLikeness
from qa_pipeline.audio.levels import SILENCE_DB


def is_alike(likeness: Likeness, options: AcousticOptions) -> bool:
    """Whether the seconds of one kind show a copy."""
    return likeness.windows >= options.bleeding_windows and abs(likeness.correlation) >= options.bleeding_correlation


def is_only_a_copy(
    pair: PairLikeness,
    channel_id: int,
    own_db: Sequence[float],
    other_db: Sequence[float],
    options: AcousticOptions,
) -> bool:
    """Whether nobody is on the channel: it holds a copy of the other one, fainter by `copy_level_db` or more, and in no
    second anything that is louder than the copy. `own_db`, `other_db`: the levels of each second of both channels.

    A copy that is as loud as its original may be of both parties: that is dual mono.
    """
    copy = pair.copy_in[channel_id]
    if not is_alike(copy, options) or copy.gain_db > -options.copy_level_db:
        return False
    own, other = np.array(own_db), np.pad(np.array(other_db), 1, constant_values=SILENCE_DB)
    # a late copy may sound in the second behind
    loudest = np.maximum(np.maximum(other[:-2], other[1:-1]), other[2:])
    explained = loudest[: own.size] + copy.gain_db + options.dominance_db
    return bool((own <= np.maximum(explained, options.silent_db)).all())
