"""Who watches images is told since when they have been the same, of their own session and no more."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import override

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from PIL import Image
import pytest

from custom_components.latchstring.core.protocol import STILL_SECONDS
from tests.ha.front_door import pair
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.watching import WATCHED, opened, turn_off, turn_on
from tests.reference_hub import Opened, ReferenceHub

from .test_cameras import until

STILL = timedelta(seconds=STILL_SECONDS)
DELAY = timedelta(seconds=3)
"""How much later than it was so something may be said on a busy machine."""


class Still(OwnCamera):
    """Gives one image for as long as nothing happens in front of it."""

    def __init__(self) -> None:
        super().__init__("Porch", None, device="Porch")
        self.colour = (10, 120, 60)

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes:
        file = BytesIO()
        Image.new("RGB", (320, 240), self.colour).save(file, "JPEG")
        return file.getvalue()


@pytest.fixture
async def camera(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> AsyncIterator[Still]:
    """A porch that is shared, and of which there are images only."""
    camera = Still()
    (porch,) = await install(hass, camera)
    await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await turn_on(hass, user=owner)
    yield camera
    await turn_off(hass)
    assert not hub.faults


async def seen_by(hub: ReferenceHub, officer: str = "Officer J. Doe") -> Opened:
    """Let a viewer in, and wait for the image."""
    session = await opened(hub, officer=officer)
    await hub.fragments(session.carried_by, 2)
    return session


def unchanged_since(hass: HomeAssistant) -> datetime | None:
    """Give what the owner reads."""
    watched = hass.states.get(WATCHED)
    assert watched is not None
    return watched.attributes.get("unchanged_since")


async def test_a_hub_is_told_that_a_camera_gives_images_only(
    hub: ReferenceHub, camera: Still
) -> None:
    listed = await hub.camera_is("open")
    assert camera.frame_interval == 0.5
    assert listed["video"]["images"] == {"interval_ms": 500}


async def test_an_image_that_stays_the_same_is_told_to_owner_and_viewers_while_it_does(
    hass: HomeAssistant, hub: ReferenceHub, camera: Still
) -> None:
    began = dt_util.utcnow()
    first = await seen_by(hub)
    assert unchanged_since(hass) is None

    told = await hub.picture_is(first.session, unchanged=True)

    since = datetime.fromisoformat(told["unchanged_since"])
    assert began - DELAY < since < began + DELAY
    assert told["or_longer"], "nobody knows how old the first image was"
    assert dt_util.utcnow() - since >= STILL
    await until(hass, lambda: unchanged_since(hass) is not None)

    camera.colour = (200, 20, 20)
    changed = dt_util.utcnow()
    await hub.picture_is(first.session, unchanged=False)
    assert unchanged_since(hass) is None
    assert dt_util.utcnow() - changed < DELAY

    late = await seen_by(hub, "Officer R. Lee")
    came = datetime.now(tz=changed.tzinfo)
    seen = hub.seen(first.session).fragments
    told = await hub.picture_is(first.session, unchanged=True)
    since = datetime.fromisoformat(told["unchanged_since"])
    assert changed <= since + timedelta(milliseconds=1) < changed + DELAY
    assert not told["or_longer"]
    shown = unchanged_since(hass)
    assert shown is not None
    assert abs(shown - since) < timedelta(milliseconds=1)
    assert hub.seen(first.session).fragments <= seen + 1

    told = await hub.picture_is(late.session, unchanged=True)
    theirs = datetime.fromisoformat(told["unchanged_since"])
    assert since < theirs <= came, "what was before they came is not told"
    assert told["or_longer"]

    await hub.disconnect()
    await hub.home_connected()
    assert await hub.picture_is(late.session, unchanged=True) == told


async def test_nothing_is_told_of_a_camera_that_nobody_watches(
    hass: HomeAssistant, hub: ReferenceHub, camera: Still
) -> None:
    session = await seen_by(hub)
    await hub.picture_is(session.session, unchanged=True)

    await hub.close_session(session.session)
    await hub.ended(session.session)

    await until(hass, lambda: unchanged_since(hass) is None)
    camera.colour = (200, 20, 20)
    await hub.settled()
    said = [each for each in hub.transcript if "session.picture" in each.text]
    assert len(said) == 1
