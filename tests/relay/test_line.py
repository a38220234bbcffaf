"""What gets through lines of all kinds, in a camera's own pace."""

import asyncio

from tests.reference_hub.tls import Authority

from .boxes import samples
from .footage import VIDEO
from .home import Home
from .line import line_to
from .receiver import Receiver
from .scene import LIVELY, STILL_4K, Fed, Scene, feed

ROUND_TRIP = 0.04


async def over_a_line(
    authority: Authority, scene: Scene, *, megabits: float, groups: int
) -> tuple[list[Fed], bytes, int]:
    """Return the pictures that were sent, what arrived, and how much had yet to arrive when the last was fed."""
    async with (
        Receiver(authority) as receiver,
        line_to(receiver.target(), megabits=megabits, delay=ROUND_TRIP / 2) as near,
    ):
        home = Home(receiver, near)
        await home.connect()
        sent = await feed(home.upload, scene, groups)
        waiting = home.upload.progress.bytes - len(receiver.body)
        await home.until_all_arrived()
        home.upload.cut()
        assert home.lost == []
        return sent, bytes(receiver.body).removeprefix(VIDEO.init), waiting


async def test_4k_gets_through_lines_that_are_faster_than_the_camera(
    authority: Authority,
) -> None:
    over = [
        over_a_line(authority, STILL_4K, megabits=megabits, groups=2)
        for megabits in (20, 50, 100)
    ]

    for sent, body, _ in await asyncio.gather(*over):
        assert len(sent) == 2 * STILL_4K.group
        assert sum(each.keyframe for each in sent) == 2
        assert len(samples(body)) == len(sent)


async def test_a_line_slower_than_the_camera_has_little_waiting_and_gets_whole_groups(
    authority: Authority,
) -> None:
    sent, body, waiting = await over_a_line(
        authority, LIVELY, megabits=LIVELY.megabits / 2, groups=4
    )

    assert len(sent) < 4 * LIVELY.group
    assert sum(each.keyframe for each in sent) >= 2
    assert waiting <= 2 * LIVELY.megabits / 2 * 125_000
    arrived = samples(body)
    assert len(arrived) == len(sent)
    for number, each in enumerate(arrived):
        follows = number and each.decode_time - arrived[number - 1].decode_time
        assert each.is_sync or follows == 90_000 // LIVELY.fps
