"""What is said of a landing zone that is still being read."""

from __future__ import annotations

from qa_pipeline.wording.figures import count


def still_to_read(folders: int) -> list[str]:
    """A sentence for as many folders as the time of a look was too short for; none where all were read."""
    if not folders:
        return []
    left = count(folders, "folder", "was", "were")
    return [f"{left} not read in the time allowed for this look at the landing zone; the next one continues with them"]
