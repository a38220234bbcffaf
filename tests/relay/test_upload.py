"""What an upload sends, and what the other side can do to it."""

from dataclasses import replace
import hashlib
from itertools import islice, pairwise
import time
from typing import Any

import pytest

from custom_components.latchstring.relay import NOTHING_SENT, TIMESCALE, UploadFailed
from tests.reference_hub.tls import Authority, make_authority

from .boxes import samples
from .footage import FRAME, GOP, OTHER_VIDEO, VIDEO, footage
from .home import Home
from .receiver import TOKEN, Receiver


async def test_the_hub_gets_the_request_the_protocol_asks_for(
    receiver: Receiver,
) -> None:
    home = Home(receiver)
    await home.connect()
    home.upload.cut()

    request = receiver.request
    assert request is not None
    assert (request.method, request.target) == (b"POST", b"/ingest/1")
    assert dict(request.headers)[b"authorization"] == f"Bearer {TOKEN}".encode()


async def test_the_hub_gets_every_access_unit_from_the_first_keyframe_on(
    receiver: Receiver,
) -> None:
    home = Home(receiver)
    await home.connect()
    home.upload.begin(VIDEO)
    given = list(islice(footage(begin=5), 40))
    for fragment in given:
        home.upload.feed(fragment)
    await home.until_all_arrived()
    home.upload.cut()

    arrived = samples(bytes(receiver.body).removeprefix(VIDEO.init))
    sent = [samples(fragment.data)[0] for fragment in given[5:]]
    assert [sample.units for sample in arrived] == [sample.units for sample in sent]
    assert arrived[0].is_sync


async def test_an_upload_counts_from_its_own_beginning(receiver: Receiver) -> None:
    """So a hub cannot see how long the camera has been watched by others, but when it saw what it shows."""
    home, before = Home(receiver), time.time_ns()
    await home.connect()
    home.upload.begin(VIDEO)
    for fragment in islice(footage(begin=500 * GOP), 20):
        home.upload.feed(fragment)
    await home.until_all_arrived()
    home.upload.cut()

    arrived = samples(bytes(receiver.body).removeprefix(VIDEO.init))
    first = arrived[0].decode_time
    assert before <= (first + 1) * 1_000_000_000 // TIMESCALE <= time.time_ns() + 20_000
    assert [sample.decode_time - first for sample in arrived] == [
        n * FRAME for n in range(20)
    ]
    assert [sample.sequence for sample in arrived] == list(range(1, 21))


async def test_a_picture_that_waited_at_home_carries_the_time_it_was_taken(
    receiver: Receiver,
) -> None:
    home, before = Home(receiver), time.time_ns()
    await home.connect()
    home.upload.begin(VIDEO)
    first = next(footage())
    home.upload.feed(replace(first, at=first.at - 20))
    await home.until_all_arrived()
    home.upload.cut()

    [arrived] = samples(bytes(receiver.body).removeprefix(VIDEO.init))
    taken = arrived.decode_time * 1_000_000_000 // TIMESCALE + 20_000_000_000
    assert before - 20_000 <= taken <= time.time_ns() + 20_000


async def test_nothing_from_before_the_connection_is_sent(receiver: Receiver) -> None:
    home = Home(receiver)
    home.upload.begin(VIDEO)
    fragments = footage()
    for fragment in islice(fragments, 3):
        home.upload.feed(fragment)
    await home.connect()
    for fragment in islice(fragments, GOP):
        home.upload.feed(fragment)
    await home.until_all_arrived()
    home.upload.cut()

    arrived = samples(bytes(receiver.body).removeprefix(VIDEO.init))
    assert len(arrived) == 3
    assert GOP.to_bytes(4) in arrived[0].units[0]


async def test_a_new_format_is_told_between_two_fragments(receiver: Receiver) -> None:
    home = Home(receiver)
    await home.connect()
    fragments = footage()
    for video in (VIDEO, OTHER_VIDEO):
        home.upload.begin(video)
        for fragment in islice(fragments, GOP):
            home.upload.feed(fragment)
    await home.until_all_arrived()
    home.upload.cut()

    before, told, after = bytes(receiver.body).partition(OTHER_VIDEO.init)
    assert told
    assert len(samples(before.removeprefix(VIDEO.init))) == GOP
    assert samples(after)[0].is_sync


async def test_the_chain_is_what_the_hub_computes_from_what_it_got(
    receiver: Receiver,
) -> None:
    home = Home(receiver)
    assert home.upload.progress == NOTHING_SENT
    await home.connect()
    home.upload.begin(VIDEO)
    for fragment in islice(footage(), 5):
        home.upload.feed(fragment)
    await home.until_all_arrived()
    home.upload.cut()

    body = bytes(receiver.body)
    size = (len(body) - len(VIDEO.init)) // 5
    ends = [0, *(len(VIDEO.init) + n * size for n in range(6))]
    chain = bytes(32)
    for begin, end in pairwise(ends):
        part = hashlib.sha256(body[begin:end]).digest()
        chain = hashlib.sha256(chain + part).digest()
    assert home.upload.progress.chain == chain
    assert home.upload.progress.fragments == 6


async def test_any_byte_from_the_hub_ends_the_upload(receiver: Receiver) -> None:
    home = Home(receiver)
    await home.connect()
    receiver.answer(b"HTTP/1.1 100 Continue\r\n\r\n")
    await home.until_lost()

    home.upload.begin(VIDEO)
    for fragment in islice(footage(), 5):
        home.upload.feed(fragment)
    assert home.lost == ["answered"]
    assert home.upload.progress == NOTHING_SENT


async def test_a_hub_that_hangs_up_ends_the_upload_once(receiver: Receiver) -> None:
    home = Home(receiver)
    await home.connect()
    receiver.hang_up()
    await home.until_lost()
    await receiver.until(lambda: len(receiver.ends) == 1)

    assert home.lost == ["closed"]


async def test_a_hub_that_takes_nothing_ends_the_upload(authority: Authority) -> None:
    async with Receiver(authority, receive_buffer=4096) as receiver:
        home = Home(receiver, patience=0.5)
        await home.connect()
        receiver.stop_reading()
        home.upload.begin(VIDEO)
        for fragment in islice(footage(size=20_000), GOP):
            home.upload.feed(fragment)
        await home.until_lost()

        assert home.lost == ["stalled"]


async def test_an_upload_with_nothing_to_send_is_not_lost(receiver: Receiver) -> None:
    """A camera that drops keeps its upload, however long."""
    idle, stalled = Home(receiver, patience=0.1), Home(receiver, patience=0.5)
    await idle.connect()
    await stalled.connect()
    receiver.stop_reading()
    stalled.upload.begin(VIDEO)
    for fragment in islice(footage(size=500_000), GOP):
        stalled.upload.feed(fragment)
    await stalled.until_lost()
    idle.upload.cut()

    assert idle.lost == []


async def test_a_hub_nobody_vouches_for_gets_no_request(
    receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = make_authority(tmp_path_factory.mktemp("stranger"))
    home = Home(receiver, trust=stranger.client_context())

    with pytest.raises(UploadFailed) as failure:
        await home.upload.connect()
    assert failure.value.code == "certificate_invalid"
    assert receiver.request is None


async def test_a_hub_with_another_name_gets_no_request(receiver: Receiver) -> None:
    home = Home(receiver, receiver.target(host="other.example"))

    with pytest.raises(UploadFailed) as failure:
        await home.upload.connect()
    assert failure.value.code == "certificate_invalid"
    assert receiver.request is None


async def test_a_hub_that_is_not_there_is_unreachable(authority: Authority) -> None:
    async with Receiver(authority) as receiver:
        target = receiver.target()
    home = Home(receiver, target)

    with pytest.raises(UploadFailed) as failure:
        await home.upload.connect()
    assert failure.value.code == "unreachable"
    assert home.lost == []


@pytest.mark.parametrize(
    "changes",
    [{"token": "a\r\nb"}, {"path": "/a\r\nX: y"}, {"addresses": ("localhost",)}],
)
async def test_a_target_that_is_refused_is_not_even_dialled(
    receiver: Receiver, changes: dict[str, Any]
) -> None:
    home = Home(receiver, receiver.target(**changes))

    with pytest.raises(UploadFailed) as failure:
        await home.upload.connect()
    assert failure.value.code == "target_invalid"
    assert receiver.visits == 0
