"""The relay beside other ways to bring a camera to a receiver, in turn in one run."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.bench.asked import Asked
from tests.bench.relay.comparing import Line, Pace, Run, SenderBroken, line
from tests.bench.relay.counterpart import ProcessEnded
from tests.bench.relay.figures import goals, tables
from tests.bench.relay.film import Film
from tests.bench.relay.found import Found
from tests.bench.relay.senders import SENDERS, Sender
from tests.bench.report import Report
from tests.bench.webrtc.comparing import measure as measure_webrtc

RUNS: Final = 1
STREAMS: Final = (1, 4, 14)
SET_UP: Final = (
    "One camera (1080p30, H.264, 4 Mb/s, a keyframe every 2 s) over RTSP by TCP, one TLS receiver, one sender after "
    "the other; in brackets the ratio to ffmpeg's best"
)
TIMES: Final = (
    "The latency is from the camera's write of a picture's last byte until the picture is whole at the receiver. The "
    "first picture is counted from the start of the process, of ours from when it is told to open all streams"
)


async def measure(folder: Path, asked: Asked, tell: Callable[[str], None]) -> Report:
    """Take turns at each number of streams."""
    if asked.webrtc:
        return await measure_webrtc(asked, tell)
    found: list[Found] = []
    notes = [SET_UP, TIMES]
    notes += [
        f"{each.name} is not installed" for each in SENDERS if not each.is_there()
    ]
    async with line(folder, Film(), Pace(window=asked.seconds)) as set_up:
        for streams in STREAMS:
            for sender in SENDERS:
                if not sender.is_there() or streams < sender.from_streams:
                    continue
                tell(f"{streams}: {sender.name}")
                try:
                    found.append(await _found(set_up, sender, streams))
                except (SenderBroken, ProcessEnded) as error:
                    if sender.is_needed:
                        raise
                    notes.append(f"{streams}: {sender.name} came to nothing: {error}")
    return Report(
        benchmark="relay",
        runs=asked.runs,
        goals=[*goals(found)],
        rows=[],
        tables=[*tables(found)],
        notes=notes,
    )


async def _found(set_up: Line, sender: Sender, streams: int) -> Found:
    async with Run(set_up, sender, streams) as run:
        return await run.measure()
