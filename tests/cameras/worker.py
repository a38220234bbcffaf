"""A camera at work in a thread of its own: draws, encodes, hands over, and again."""

import asyncio
from collections.abc import Callable, Iterator
import threading
import time
from typing import Final

from .encoder import FRAME_RATE, AccessUnit, Encoder
from .rtp import CLOCK_RATE
from .scenes.scene import Scene

_MOST_UNDELIVERED: Final = FRAME_RATE


def machine_seconds() -> float:
    """Time that goes on, with the cameras, where a test froze Python's clocks."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class Worker:
    """Made, stopped and heard on the loop; only `run` is the thread's."""

    def __init__(
        self,
        draw: Callable[[], Scene],
        deliver: Callable[[AccessUnit], None],
        *,
        epoch: float,
    ) -> None:
        """`epoch` is the machine second from which scene and timestamps count."""
        self._draw = draw
        self._deliver = deliver
        self._epoch = epoch
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._room = threading.Semaphore(_MOST_UNDELIVERED)

    def stop(self) -> None:
        """Deliver nothing more; the thread ends after its present picture."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped; a loop a second behind gets no new pictures meanwhile."""
        scene, encoder = self._draw(), Encoder()
        for frame in self._frames_due():
            if not self._room.acquire(blocking=False):
                continue
            picture = scene.at(frame / FRAME_RATE)
            unit = encoder.encode(picture, timestamp=frame * CLOCK_RATE // FRAME_RATE)
            self._loop.call_soon_threadsafe(self._hand_over, unit)

    def _frames_due(self) -> Iterator[int]:
        """The number of each frame when its time has come; late ones are left out."""
        frame = self._frame_now() + 1
        while not self._stopping.wait(
            max(0.0, self._epoch + frame / FRAME_RATE - machine_seconds())
        ):
            yield frame
            frame = max(frame + 1, self._frame_now())

    def _frame_now(self) -> int:
        return int((machine_seconds() - self._epoch) * FRAME_RATE)

    def _hand_over(self, unit: AccessUnit) -> None:
        self._room.release()
        if not self._stopping.is_set():
            self._deliver(unit)
