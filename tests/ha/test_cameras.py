"""What the camera's own integration says of where it is counts at the moment of connecting, and not a moment before."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest

from tests.cameras import Cameras
from tests.hub import ReferenceHub, Refused

from .front_door import pair
from .own_cameras import OwnCamera, install
from .restarting import start, stop
from .watching import opened, reason, turn_on, watch


class Located:
    """Where a camera is; `fails` are what its integration raises the next times it is asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.fails: list[Exception] = []

    async def __call__(self) -> str:
        if self.fails:
            raise self.fails.pop()
        return self.url


@pytest.fixture
async def located(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> Located:
    """A porch that is switched on, and whose integration can be told what to say."""
    located = Located(served.url("porch"))
    (porch,) = await install(hass, OwnCamera("Porch", located, device="Porch"))
    await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await turn_on(hass, user=owner)
    await hub.camera_is("open")
    return located


async def test_a_camera_that_moved_without_a_word_is_closed_before_its_first_picture(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, located: Located
) -> None:
    located.url = served.url("yard")

    session = await opened(hub)

    upload = await hub.upload_ended(session.session)
    assert (upload.end, upload.bytes) == ("reset", 0)
    assert reason(hass) == "camera_changed"
    camera = await hub.camera_is("closed")
    assert isinstance(await hub.open_session(camera["camera"]), Refused)


@pytest.mark.parametrize("failure", [HomeAssistantError(), RuntimeError()])
async def test_a_camera_whose_integration_fails_is_asked_again(
    hub: ReferenceHub, located: Located, failure: Exception
) -> None:
    located.fails = [failure, failure]

    await watch(hub)

    assert located.fails == []


async def test_a_camera_that_went_while_home_assistant_was_down_stays_closed(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    er.async_get(hass).async_remove("camera.porch")

    await start(hass, entry)

    await hub.home_connected()
    camera = await hub.camera_is("closed")
    assert isinstance(await hub.open_session(camera["camera"]), Refused)
    assert reason(hass) == "camera_changed"
