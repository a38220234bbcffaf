"""What a hub gets of a real camera, over real TLS, read by decoders that are not ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from custom_components.latchstring.relay import TIMESCALE, CameraStream
from tests.cameras.gst_camera import GstCamera, Model
from tests.reference_hub.tls import Authority

from .boxes import Sample, parts, samples, walk, whole
from .cameras import source_of
from .decoders import frames_by_ffmpeg, frames_by_pyav, streams_by_ffmpeg
from .home import Home
from .receiver import Receiver
from .tape import any_source
from .witness import slices_of, witness_of

pytestmark = pytest.mark.real_camera

CANARY = "canary-7f3a91"
FRAMES = 45
BOXES = {
    *("ftyp", "moov", "mvhd", "trak", "tkhd", "mdia", "mdhd", "hdlr", "minf", "vmhd"),
    *("dinf", "dref", "url ", "stbl", "stsd", "stts", "stsc", "stsz", "stco", "mvex"),
    *("trex", "avc1", "avcC", "hvc1", "hvcC"),
    *("moof", "mfhd", "traf", "tfhd", "tfdt", "trun", "mdat"),
}
TALKATIVE = Model(canary=CANARY, user="owner", password="open-sesame")


@asynccontextmanager
async def upload(receiver: Receiver, source: CameraStream) -> AsyncIterator[Home]:
    home = Home(receiver)
    await home.connect()
    source.attach(home.upload, any_source)
    try:
        yield home
    finally:
        home.upload.cut()
        source.detach(home.upload)


def shown(receiver: Receiver) -> list[Sample]:
    return samples(whole(receiver.body))


async def relayed(receiver: Receiver, source: CameraStream, frames: int) -> bytes:
    async with upload(receiver, source):
        await receiver.until(lambda: receiver.body.count(b"moof") > frames)
        return whole(receiver.body)


@pytest.mark.parametrize(
    ("model", "codec"),
    [
        (replace(TALKATIVE, audio="aac"), "h264"),
        (replace(TALKATIVE, audio="g711"), "h264"),
        (replace(TALKATIVE, audio="aac", sets="described", slices=3), "h264"),
        (replace(TALKATIVE, audio="g711", bframes=2), "h264"),
        (replace(TALKATIVE, audio="aac", width=1920, height=1080), "h264"),
        (replace(TALKATIVE, audio="aac", codec="h265"), "hevc"),
    ],
    ids=["aac", "g711", "described", "b-frames", "1080p", "h265"],
)
async def test_the_hub_gets_a_picture_and_nothing_else(
    receiver: Receiver, model: Model, codec: str
) -> None:
    async with GstCamera(model) as camera:
        async with witness_of(camera) as witness:
            assert witness.title == CANARY
            assert CANARY.encode() in witness.packets[-1]
        camera.streams_set_up.clear()
        async with source_of(camera) as source:
            body = await relayed(receiver, source, FRAMES)

    assert camera.streams_set_up == ["video"]
    assert await streams_by_ffmpeg(body) == [("Video", codec)]
    frames = len(samples(body))
    assert await frames_by_ffmpeg(body) == frames
    assert frames_by_pyav(body) == (["video"], frames)
    assert {path[-1] for path, _ in walk(body)} <= BOXES
    for word in (CANARY, "x264", "x265", "sesame", "owner", "rtsp", str(camera.port)):
        assert word.encode() not in body


async def test_no_access_unit_is_missing_and_no_moment(receiver: Receiver) -> None:
    async with GstCamera() as camera, witness_of(camera) as witness:
        async with source_of(camera) as source:
            body = await relayed(receiver, source, 2 * FRAMES)
        arrived = samples(body)
        relayed_pictures = [slices_of(sample.units) for sample in arrived]
        await witness.until_it_saw(relayed_pictures[-1])
        pictures = witness.pictures

    begin = pictures.index(relayed_pictures[0])
    assert pictures[begin : begin + len(arrived)] == relayed_pictures
    assert all(
        later.decode_time == earlier.decode_time + earlier.duration
        for earlier, later in pairwise(arrived)
    )


async def test_b_frames_are_shown_in_the_order_they_were_taken(
    receiver: Receiver,
) -> None:
    async with GstCamera(Model(bframes=2)) as camera, source_of(camera) as source:
        body = await relayed(receiver, source, FRAMES)

    arrived = samples(body)
    assert any(sample.offset for sample in arrived)
    moments = sorted(sample.decode_time + sample.offset for sample in arrived)
    steps = {later - earlier for earlier, later in pairwise(moments[:-3])}
    assert steps == {TIMESCALE // 30}


async def test_ending_one_upload_leaves_the_other_whole(authority: Authority) -> None:
    async with (
        GstCamera() as camera,
        source_of(camera) as source,
        Receiver(authority) as one,
        Receiver(authority) as other,
        upload(one, source) as ending,
        upload(other, source),
    ):
        await one.until(lambda: bool(shown(one)))
        await other.until(lambda: bool(shown(other)))
        ending.upload.cut()
        source.detach(ending.upload)
        had = len(shown(other))
        await other.until(lambda: other.body.count(b"moof") > had + FRAMES)
        arrived = shown(other)

        assert camera.connections == 1
        assert all(
            later.decode_time == earlier.decode_time + earlier.duration
            for earlier, later in pairwise(arrived)
        )
        assert isinstance(one.ends[0], ConnectionResetError)


async def test_a_camera_that_dies_and_returns_keeps_its_upload(
    receiver: Receiver,
) -> None:
    async with (
        GstCamera() as camera,
        source_of(camera) as source,
        upload(receiver, source) as home,
    ):
        await receiver.until(lambda: receiver.body.count(b"moof") > 10)
        await camera.kill()
        had = len(shown(receiver))
        await camera.start()
        await receiver.until(lambda: receiver.body.count(b"moof") > had + FRAMES)
        body = whole(receiver.body)

        assert home.lost == []
        assert receiver.visits == 1

    init, *fragments = parts(body)
    arrived = samples(body)
    [gap] = [
        number
        for number, (earlier, later) in enumerate(pairwise(arrived), 1)
        if later.decode_time != earlier.decode_time + earlier.duration
    ]
    assert arrived[gap].is_sync
    assert arrived[gap].decode_time > arrived[gap - 1].decode_time
    # the very last picture of a camera that dies may have come in part
    for whole_ones in (fragments[: gap - 1], fragments[gap:]):
        decoded = await frames_by_ffmpeg(init + b"".join(whole_ones))
        assert decoded == len(whole_ones)


async def test_for_a_slow_hub_whole_groups_are_left_out_and_little_waits(
    authority: Authority,
) -> None:
    heavy = Model(pattern="snow", bitrate=4000, gop=15)
    most_waiting, largest = 0, 0
    async with (
        Receiver(authority, bytes_per_second=125_000, receive_buffer=8192) as receiver,
        GstCamera(heavy) as camera,
        source_of(camera) as source,
        upload(receiver, source) as home,
    ):

        def gaps() -> list[Sample]:
            arrived = shown(receiver)
            return [
                later
                for earlier, later in pairwise(arrived)
                if later.decode_time > earlier.decode_time + 2 * earlier.duration
            ]

        def has_seen_two_gaps() -> bool:
            nonlocal most_waiting, largest
            waiting = home.upload.progress.bytes - len(receiver.body)
            most_waiting = max(most_waiting, waiting)
            return len(gaps()) >= 2

        await receiver.until(has_seen_two_gaps)
        body = whole(receiver.body)
        assert all(sample.is_sync for sample in gaps())
        largest = max(sample.size for sample in samples(body))
        assert home.lost == []

    assert most_waiting <= 256 * 1024 + 2 * largest + 64 * 1024
    assert await frames_by_ffmpeg(body) == len(samples(body))
