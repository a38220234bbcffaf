"""Two hubs that put together all they got can't tell that it came from one home."""

from collections.abc import Iterable
from pathlib import Path
import re
from typing import Final

from homeassistant.core import HomeAssistant
import pytest

from tests.cameras.gst_camera import GstCamera
from tests.ha.disguises import unwrapped
from tests.ha.everything import (
    LABEL,
    SHERIFF,
    ask_in_vain,
    close_and_part,
    install_camera,
    open_to,
    paired,
    watch_twice,
)
from tests.ha.overheard import Kind, requests_in
from tests.ha.wiretap import Wiretap, tapped_hub
from tests.reference_hub import Authority
from tests.relay.boxes import samples, whole

from .test_two_logs import change_both_keys

pytestmark = pytest.mark.real_camera


WORD: Final = re.compile(r"[A-Za-z0-9]{8,}")
DOCUMENT: Final = (
    Path(__file__).parents[3] / "custom_components/latchstring/core/protocol.md"
)
SAID_BY_EVERY_HOME: Final = {
    "Connection": "HTTP's header of that name",
    "websocket": "HTTP's Upgrade header",
    "Protocol": "HTTP's Sec-WebSocket-Protocol",
    "identity": "HTTP's Accept-Encoding",
    "eyJhbGciOiJFZERTQSIsInR5cCI6ImxhdGNoc3RyaW5nLWhvbWUrand0In0": (
        'the head of every dial-in token: {"alg":"EdDSA","typ":"latchstring-home+jwt"}'
    ),
}
"""All that two hubs have in common beside what the document itself says."""
NUMERIC_DATE: Final = re.compile(r"1[7-9]\d{8}")
"""A time in a token: the same for everybody who speaks in that second."""


async def test_what_two_hubs_get_has_only_the_label_and_the_picture_in_common(
    hass: HomeAssistant, authority: Authority, owner: str
) -> None:
    """The picture itself tells, to whoever compares it, that both are shown one camera."""
    heard, videos = [], []
    async with (
        GstCamera() as camera,
        tapped_hub(authority) as (police, police_tap),
        tapped_hub(authority, SHERIFF) as (sheriff, sheriff_tap),
    ):
        entity_id = await install_camera(hass, camera.url)
        both = (
            await paired(hass, police, entity_id, case="2026-118834"),
            await paired(hass, sheriff, entity_id, case="HC-0099-41"),
        )
        carriers = []
        for watcher in both:
            await ask_in_vain(watcher)
            await open_to(hass, watcher, owner=owner)
            carriers.append(await watch_twice(watcher))
        await change_both_keys(hass, both, owner=owner)
        for watcher, carrier in zip(both, carriers, strict=True):
            videos.append(whole(await close_and_part(hass, watcher, carrier)))
        for tap in (police_tap, sheriff_tap):
            await tap.hung_up()
            heard.append(texts_in(tap))

    ours, theirs = (words_in(texts) for texts in heard)
    assert len(ours) > 100
    assert len(theirs) > 100
    published = words_in([DOCUMENT.read_bytes()])
    assert ours & theirs - published - SAID_BY_EVERY_HOME.keys() == set()
    assert all(any(LABEL.encode() in text for text in texts) for texts in heard)
    assert same_pictures(*videos)


def texts_in(tap: Wiretap) -> list[bytes]:
    """Give all that a hub got and that is no video, with what is wrapped inside."""
    requests = requests_in(tap.calls)
    assert {request.kind for request in requests} == set(Kind)
    texts = (text for request in requests for text in request.texts)
    return [inner for text in texts for inner in unwrapped(text)]


def words_in(texts: Iterable[bytes]) -> set[str]:
    words = {word for text in texts for word in WORD.findall(text.decode("latin-1"))}
    return {word for word in words if not NUMERIC_DATE.fullmatch(word)}


def same_pictures(one: bytes, other: bytes) -> bool:
    """Tell whether two streams show the same, counted from each one's own beginning."""
    first, second = samples(one), samples(other)
    assert first[0].sequence == second[0].sequence == 1
    return bool({each.units for each in first} & {each.units for each in second})
