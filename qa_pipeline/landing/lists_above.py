"""Lists of calls that are about the recordings of a folder without lying in it."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from qa_pipeline.landing.describing import ZoneDescriber
from qa_pipeline.landing.folder_index import FolderFacts, Keys, keys_of
from qa_pipeline.landing.folder_paths import joined, parents_of
from qa_pipeline.landing.zone_map import ZoneMap
from qa_pipeline.recordings.call_lists import CallList


class ListsAbove:
    """What these lists say of the folders of a zone, each list read once."""

    def __init__(self, mapped: ZoneMap, describer: ZoneDescriber) -> None:
        self._map = mapped
        self._describer = describer
        self._digests: dict[str, tuple[str, dict[str, str], Keys]] = {}

    def state(self, folder: str) -> str:
        """Changes with the lists that are about the recordings of a folder without lying in it."""
        lists = self._lists_above(folder)
        if not lists:
            return ""
        states = [f"{path}\t{self._state_of(path)}" for path in lists]
        return hashlib.sha256("\n".join(states).encode(errors="surrogateescape")).hexdigest()[:16]

    def _state_of(self, path: str) -> str:
        """Of a list; one that is still being written is another one when it is not any more."""
        folder, _, name = path.rpartition("/")
        state = self._map.facts[folder].lists[name]
        changed_ns = state.rpartition("\t")[2]
        is_growing = self._map.source.may_grow and changed_ns.isdecimal() and self._describer.is_fresh(int(changed_ns))
        return f"{state}\tgrowing" if is_growing else state

    def _lists_above(self, folder: str) -> list[str]:
        found = [joined(parent, name) for parent in parents_of(folder) for name in self._map.facts[parent].lists]
        for other, facts in self._everywhere():
            found += [joined(other, name) for name in facts.everywhere if other != folder]
        return sorted(set(found))

    def _everywhere(self) -> list[tuple[str, FolderFacts]]:
        return [(folder, facts) for folder, facts in self._map.facts.items() if facts.everywhere]

    def lines(self, folder: str, keys: Keys | None) -> str | None:
        """Changes with what the lists further up say of the recordings of a folder; None where that is not known."""
        if keys is None:
            uri = self._map.source.uri_of(folder)
            keys = self._map.index.keys([uri]).get(uri) if self._map.index else None
        if keys is None:
            return None
        parts = []
        for path in self._lists_above(folder):
            problem, lines, known = self._digest(path)
            parts.append(problem)
            parts += [lines[str(key)] for key in known[np.isin(known, keys, kind="sort")]]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def _digest(self, path: str) -> tuple[str, dict[str, str], Keys]:
        """Of a list: why it can't be used, what changes with the lines that a key leads to, and the keys."""
        if path not in self._digests:
            listed = self._list_at(path)
            lines: dict[str, list[str]] = {}
            for call in listed.calls:
                line = json.dumps([call.cells, call.problem], sort_keys=True, default=str)
                for key in keys_of(listed.keys_of(call)):
                    lines.setdefault(str(key), []).append(line)
            digests = {
                key: hashlib.sha256("\n".join(of_key).encode()).hexdigest()[:16] for key, of_key in lines.items()
            }
            known = np.sort(np.array([int(key) for key in lines], np.uint32))
            self._digests[path] = listed.problem or "", digests, known
        return self._digests[path]

    def _list_at(self, path: str) -> CallList:
        zone = self._map.source.zone({}, [self._map.source.file_at(path)])
        self._map.source.bring_metadata(zone, ())
        return self._describer.reader(zone).read_list(zone.call_lists[0])
