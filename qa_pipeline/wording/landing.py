"""What is said of a landing zone that is still being read."""

from __future__ import annotations

from qa_pipeline.wording.figures import count


def still_to_read(folders: int) -> list[str]:
    """A sentence for as many folders as the time of a look was too short for; none where all were read."""
    if not folders:
        return []
    left = count(folders, "folder")
    return [f"{left} of the landing zone could not be read in the time of this look; the next one goes on"]
