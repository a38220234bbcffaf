"""Two hubs watch one camera: each by itself, and neither can tell that the other is there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from homeassistant.core import HomeAssistant
import pytest

from tests.cameras.gst_camera import GstCamera, Model
from tests.ha.entities import entity_of
from tests.ha.everything import SHERIFF, Watcher, install_camera, open_to, paired
from tests.ha.watching import turn_off
from tests.reference_hub import Authority, Opened, Options, ReferenceHub
from tests.relay.boxes import samples, whole
from tests.relay.news import PATIENCE
from tests.relay.witness import Witness, slices_of, witness_of

pytestmark = pytest.mark.real_camera

type Picture = tuple[bytes, ...]
"""An access unit's slices: the same wherever it is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the camera sent, by a reader of its own, and when by the camera's clock."""

    pictures: list[Picture]
    moments: list[int]


CADENCE: Final = 90_000 // 30
A_GAP: Final = 5 * CADENCE
"""More than a camera ever stutters on a busy machine."""
MORE: Final = 45
"""Access units that must still come, in a row, after the other hub's stream ended."""


@pytest.fixture
async def camera() -> AsyncIterator[GstCamera]:
    async with GstCamera(Model(pattern="snow", bitrate=4000)) as camera:
        yield camera


@pytest.fixture
async def entity_id(hass: HomeAssistant, camera: GstCamera) -> str:
    """The one camera of the house."""
    return await install_camera(hass, camera.url)


@pytest.fixture
async def watching(
    hass: HomeAssistant, authority: Authority, entity_id: str, owner: str
) -> AsyncIterator[tuple[Watcher, Watcher]]:
    """Two agencies that the camera is open to."""
    options = Options(keep_media=True)
    async with (
        ReferenceHub(authority, options=options) as police,
        ReferenceHub(authority, SHERIFF, options) as sheriff,
    ):
        both = (
            await paired(hass, police, entity_id, case="2026-118834"),
            await paired(hass, sheriff, entity_id, case="HC-0099-41"),
        )
        for watcher in both:
            await open_to(hass, watcher, owner=owner)
        yield both


async def unload(hass: HomeAssistant, other: Watcher) -> None:
    await hass.config_entries.async_unload(other.entry.entry_id)


async def remove(hass: HomeAssistant, other: Watcher) -> None:
    await hass.config_entries.async_remove(other.entry.entry_id)


async def unlist(hass: HomeAssistant, other: Watcher) -> None:
    (share_id,) = other.entry.subentries
    hass.config_entries.async_remove_subentry(other.entry, share_id)


async def switch_off(hass: HomeAssistant, other: Watcher) -> None:
    await turn_off(hass, entity_of(hass, other.entry, "sharing"))


async def pause(hass: HomeAssistant, other: Watcher) -> None:
    await turn_off(hass, entity_of(hass, other.entry, "hub_sharing"))


async def go_down(_hass: HomeAssistant, other: Watcher) -> None:
    await other.hub.stop()


def run_of(video: bytes, sent: Sent) -> range:
    """Find where a stream lies in what the camera sent, and that nothing is missing."""
    shown = samples(video)
    begin = sent.pictures.index(slices_of(shown[0].units))
    run = range(begin, begin + len(shown))
    among = slice(run.start, run.stop)
    assert [slices_of(each.units) for each in shown] == sent.pictures[among]
    assert [each.sequence for each in shown] == list(range(1, len(shown) + 1))
    assert all(
        0 < step <= 2 * CADENCE for step in steps([each.decode_time for each in shown])
    )
    seen_at = [each.decode_time + each.offset for each in shown]
    assert steps(seen_at) == steps(sent.moments[among])
    return run


def steps(moments: list[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(moments)]


async def test_both_are_fed_over_one_connection_to_the_camera(
    camera: GstCamera, watching: tuple[Watcher, Watcher]
) -> None:
    asked, camera.most_clients = camera.connections, 0

    for watcher in watching:
        await watcher.watch()

    assert camera.clients == camera.most_clients == 1
    assert camera.connections == asked + 1


@pytest.mark.parametrize("end", [switch_off, pause, unlist, unload, remove, go_down])
async def test_the_end_of_one_stream_leaves_the_other_whole(
    hass: HomeAssistant,
    camera: GstCamera,
    watching: tuple[Watcher, Watcher],
    end: Callable[[HomeAssistant, Watcher], Awaitable[None]],
) -> None:
    stays, goes = watching
    async with witness_of(camera) as witness:
        kept, lost = await stays.watch(), await goes.watch()
        await goes.hub.fragments(lost.session, MORE)

        await end(hass, goes)

        ended = await goes.hub.upload_ended(lost.session)
        now = stays.hub.seen(kept.session).fragments
        await stays.hub.fragments(kept.session, now + MORE)
        videos = [video_of(stays, kept), video_of(goes, lost)]
        sent = await sent_so_far(witness, *videos)

    stayed, gone = (run_of(video, sent) for video in videos)
    assert stayed.start <= gone.start < gone.stop <= stayed.stop - MORE + 1
    assert ended.end in ("reset", "by hub")
    assert not stays.hub.faults


async def test_a_hub_that_reads_slowly_misses_what_the_other_gets(
    hass: HomeAssistant,
    authority: Authority,
    camera: GstCamera,
    entity_id: str,
    owner: str,
) -> None:
    options = Options(keep_media=True)
    narrow = Options(keep_media=True, receive_buffer=8192)
    async with (
        ReferenceHub(authority, options=options) as police,
        ReferenceHub(authority, SHERIFF, narrow) as sheriff,
        witness_of(camera) as witness,
    ):
        sheriff.pause_reading(2_000_000)
        quick = await paired(hass, police, entity_id, case="2026-118834")
        slow = await paired(hass, sheriff, entity_id, case="HC-0099-41")
        for watcher in (quick, slow):
            await open_to(hass, watcher, owner=owner)
        kept, starved = await quick.watch(), await slow.watch()

        missed = await until_something_is_missing(slow, starved)
        now = police.seen(kept.session).fragments
        await police.fragments(kept.session, now + MORE)
        video = video_of(quick, kept)
        sent = await sent_so_far(witness, video)

    run = run_of(video, sent)
    assert set(missed) < {sent.pictures[at] for at in run}
    assert not police.faults
    assert not sheriff.faults


def video_of(watcher: Watcher, opened: Opened) -> bytes:
    """Give what a hub got so far."""
    capture = watcher.hub.seen(opened.session).capture
    assert capture is not None
    return whole(capture)


async def sent_so_far(witness: Witness, *videos: bytes) -> Sent:
    """Give what the camera sent, once the last picture of every video is among it."""
    async with asyncio.timeout(PATIENCE):
        for video in videos:
            last = slices_of(samples(video)[-1].units)
            while last not in witness.pictures:
                witness.sees.clear()
                await asyncio.to_thread(witness.sees.wait, 1)
    pictures = witness.pictures
    moments = [moment or 0 for moment in witness.moments[: len(pictures)]]
    return Sent(pictures=pictures, moments=moments)


async def until_something_is_missing(watcher: Watcher, opened: Opened) -> list[Picture]:
    """Wait until a stream has a gap, and give the pictures it has after it."""
    for count in range(30, 3000, 30):
        await watcher.hub.fragments(opened.session, count)
        shown = samples(video_of(watcher, opened))
        for earlier, later in pairwise(shown):
            if later.decode_time - earlier.decode_time > A_GAP:
                return [slices_of(each.units) for each in shown[shown.index(later) :]]
    pytest.fail("it got everything")
