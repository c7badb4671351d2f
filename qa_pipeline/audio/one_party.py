"""Stereo files of one party: recorders and conference clients write a single voice on both channels, or on one of two.

Which of the two it is, is told by what the acoustics name anyway: a channel that is silent (line noise, tones, or an
echo of the other one), or two channels with the same sound.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from qa_pipeline.audio.acoustics import measure_acoustics
from qa_pipeline.audio.defects import Defect, name_defects

STEREO = 2

SoleChannel = Literal[0, 1, "neither"]


def sole_channel(path: Path) -> SoleChannel:
    """The channel that holds all there is to hear of a stereo file: the other one is silent or the same. Neither where
    both have sound of their own, or where there are more or fewer than two.

    Asks the acoustics with their default options: what was sent of a file must not change with a setting.

    Raises:
        UnusableAudio: it can't be decoded.
    """
    found = measure_acoustics(path)
    if len(found.channels) != STEREO:
        return "neither"
    first, second = name_defects(found)
    if Defect.DUAL_MONO in first or Defect.SILENT in second:
        return 0
    return 1 if Defect.SILENT in first else "neither"
