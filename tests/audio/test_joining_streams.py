"""The command that is named for a file with a track for each party, run as FFmpeg would run it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from qa_pipeline.audio.probing import probe
from qa_pipeline.recordings.quarantine import joining_command
from tests.audio import container_shapes as shapes

GAP = [(3.5, 4.6)]
LATE = (0.0, 0.4)


def tracks(container_format: str, codec: str, rate: int, channels: Sequence[int], **more: Any) -> bytes:
    """The agent's and the customer's track, of so many channels each."""
    sounds = [shapes.marked(rate, channels=(party,) * count) for party, count in enumerate(channels)]
    return shapes.encoded(container_format, codec, rate, sounds, **more)


TWO_TRACKS: dict[str, tuple[Callable[[], bytes], float]] = {
    "mp4 mono": (lambda: tracks("mp4", "aac", 16000, (1, 1)), 0),
    "mkv stereo": (lambda: tracks("matroska", "aac", 16000, (2, 2)), 0),
    "mkv stereo and mono": (lambda: tracks("matroska", "pcm_s16le", 8000, (2, 1)), 0),
    "mov mono and stereo": (lambda: tracks("mov", "pcm_s16le", 8000, (1, 2)), 0),
    "mkv with a gap": (lambda: tracks("matroska", "libopus", 48000, (1, 1), without_s=GAP), 0),
    "mkv of which one begins later": (lambda: tracks("matroska", "libopus", 48000, (2, 2), starts_s=LATE), 0.4),
}


@pytest.mark.parametrize("name", TWO_TRACKS)
def test_the_command_puts_each_party_on_a_channel_of_its_own(name: str, tmp_path: Path) -> None:
    make, late_s = TWO_TRACKS[name]
    path = tmp_path / "call"
    path.write_bytes(make())
    found = probe(path)
    assert found.audio_streams == len(found.stream_channels) == 2
    joined, rate = run(joining_command(found.stream_channels), path)
    agent, customer = (shapes.marks_heard(channel, rate) for channel in joined)
    assert agent == pytest.approx(shapes.MARKS_S[0], abs=0.05)
    assert customer == pytest.approx([mark + late_s for mark in shapes.MARKS_S[1]], abs=0.05)


def run(command: str, path: Path) -> tuple[np.ndarray, int]:
    """What the command's filter graph makes of the file: samples of shape (channels, samples), and their rate."""
    spec = re.search(r'-filter_complex "([^"]+)" -map "\[m\]"', command)
    assert spec, command
    with av.open(str(path)) as container:
        graph = av.filter.Graph()
        sources, sink = build(graph, spec[1], container.streams.audio)
        pulled: list[av.AudioFrame] = []
        for packet in container.demux(*(container.streams.audio[index] for index in sources)):
            for frame in packet.decode():
                sources[container.streams.audio.index(packet.stream)].push(frame)
                pull(sink, pulled)
        for source in sources.values():
            source.push(None)
        pull(sink, pulled)
    assert {frame.layout.name for frame in pulled} == {"stereo"}
    samples = np.concatenate([frame.to_ndarray() for frame in pulled], axis=1).reshape(-1, 2).T
    is_whole = samples.dtype == np.int16
    return (samples if is_whole else (samples * 32767).astype(np.int16)), pulled[0].sample_rate


def build(graph: Any, spec: str, streams: Any) -> tuple[dict[int, Any], Any]:
    """A graph written as `-filter_complex` takes it: its sources by number of the audio stream, and its sink."""
    sources: dict[int, Any] = {}
    ends: dict[str, Any] = {}
    for chain in spec.split(";"):
        labels, filters, end = re.findall(r"^((?:\[[^]]+\])+)(.+?)((?:\[[^]]+\]))$", chain)[0]
        begins = re.findall(r"\[([^]]+)\]", labels)
        for label in begins:
            if label.startswith("0:a:"):
                number = int(label[4:])
                ends[label] = sources[number] = graph.add_abuffer(template=streams[number])
        open_ends = [ends[label] for label in begins]
        for text in filters.split(","):
            kind, _, arguments = text.partition("=")
            node = graph.add(kind, arguments)
            for index, begin in enumerate(open_ends):
                begin.link_to(node, 0, index)
            open_ends = [node]
        ends[end[1:-1]] = open_ends[0]
    sink = graph.add("abuffersink")
    ends["m"].link_to(sink)
    graph.configure()
    return sources, sink


def pull(sink: Any, pulled: list[av.AudioFrame]) -> None:
    with suppress(av.BlockingIOError, av.EOFError):
        while True:
            pulled.append(sink.pull())
