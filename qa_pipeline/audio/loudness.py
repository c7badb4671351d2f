"""How loud a channel is, second by second, and whether it was driven into its limits."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.levels import SILENCE_DB, decibels, decibels_of
from qa_pipeline.audio.samples import Samples

NO_RUN = (0, 0)
"""No flat top is open at the end of the last piece: its sign, and its samples so far."""


@dataclass(frozen=True)
class Loudness:
    """Levels in dB of full scale, to 0.1. `per_second_db[s]` is the RMS level of second s, the last one of what is
    left of it; `mean_db` the RMS level of the whole channel, pauses included; `peak_db` its largest sample.
    `clipping_ratio`: share of samples that lie in flat tops (`AcousticOptions.clipping_level`, `clipping_run`). A
    recording that was clipped and then made quieter has its flat tops below full scale and is not found."""

    per_second_db: tuple[float, ...]
    mean_db: float
    peak_db: float
    clipping_ratio: float


class LoudnessMeter:
    """Takes one channel's samples in whole seconds, shape (seconds, rate); only the last piece may be shorter."""

    def __init__(self, options: AcousticOptions) -> None:
        self._options = options
        self._levels = array("d")
        self._energy = 0.0
        self._samples = 0
        self._peak = 0
        self._clipped = 0
        self._open_run = NO_RUN

    def feed(self, seconds: Samples) -> None:
        floats = seconds.astype(np.float32)
        energies = np.einsum("sr,sr->s", floats, floats)
        self._levels.extend(np.round(decibels_of(energies / seconds.shape[1]), 1))
        self._energy += float(energies.sum(dtype=np.float64))
        self._samples += seconds.size
        peak = max(int(seconds.max()), -int(seconds.min()))
        self._peak = max(self._peak, peak)
        if peak >= self._options.clipping_level:
            self._clipped += self._count_flat_tops(seconds.reshape(-1))
        else:
            self._open_run = NO_RUN

    def finish(self) -> Loudness:
        if not self._samples:
            return Loudness((), SILENCE_DB, SILENCE_DB, 0.0)
        return Loudness(
            per_second_db=tuple(self._levels),
            mean_db=round(decibels(self._energy / self._samples), 1),
            peak_db=round(decibels(float(self._peak) ** 2), 1),
            clipping_ratio=self._clipped / self._samples,
        )

    def _count_flat_tops(self, samples: Samples) -> int:
        """Samples in runs that are long enough. A run may have begun in the piece before, and may go on.

        Runs keep their sign: a square wave is a row of flat tops, one for each half.
        """
        level = self._options.clipping_level
        signs = (samples >= level).astype(np.int8) - (samples <= -level)
        starts = np.concatenate(([0], np.flatnonzero(np.diff(signs)) + 1))
        lengths = np.diff(starts, append=signs.size)
        run_signs = signs[starts]
        before, begun = self._open_run
        continued = begun if run_signs[0] == before else 0
        lengths[0] += continued
        long_enough = (run_signs != 0) & (lengths >= self._options.clipping_run)
        self._open_run = (int(run_signs[-1]), int(lengths[-1])) if run_signs[-1] else NO_RUN
        return int(lengths[long_enough].sum()) - (continued if continued >= self._options.clipping_run else 0)
