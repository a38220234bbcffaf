"""A viewer watches a camera, from the owner's switch to the last byte."""

from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_OFF, SERVICE_TURN_ON
from homeassistant.core import Context, HomeAssistant
from pytest_homeassistant_custom_component.common import MockUser

from tests.cameras import Cameras
from tests.hub import Opened, ReferenceHub, Refused

from .front_door import pair
from .own_cameras import OwnCamera, install

SHARING = "switch.porch_sharing_with_jackson_police_department"


async def test_a_viewer_watches_an_open_camera_and_is_cut_by_its_switch(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, hass_admin_user: MockUser
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", served.url("porch"), device="Porch"))
    await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await hub.home_connected()
    print([s.entity_id for s in hass.states.async_all()])
    listed = await hub.camera_is("closed", "Front door")
    refused = await hub.open_session(listed["camera"])
    assert isinstance(refused, Refused)

    await hass.services.async_call(
        "switch", SERVICE_TURN_ON, {ATTR_ENTITY_ID: SHARING}, blocking=True, context=Context(user_id=hass_admin_user.id)
    )
    await hub.camera_is("open", "Front door")
    opened = await hub.open_session(listed["camera"])
    assert isinstance(opened, Opened), opened
    await hub.fragments(opened.session, 20)
    print(hass.states.get("sensor.porch_viewers_from_jackson_police_department"))

    await hass.services.async_call(
        "switch", SERVICE_TURN_OFF, {ATTR_ENTITY_ID: SHARING}, blocking=True, context=Context(user_id=hass_admin_user.id)
    )
    ended = await hub.ended(opened.session)
    print(ended)
    print(hub.seen(opened.session))
