"""Before a camera is listed its owner reads what it will be for viewers, and what watching asks of it."""

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockModule, mock_integration

from tests.cameras import Cameras
from tests.ha.front_door import answer, cameras_of, told_by
from tests.ha.image_cameras import ImageCamera, LastCamera
from tests.ha.own_cameras import INTEGRATION, OwnCamera, install, registered
from tests.reference_hub import ReferenceHub

BATTERY = "It has a battery"
CLOUD = "works by its maker's cloud"
COST = "seconds of one processor core a minute"


async def told(hass: HomeAssistant, hub: ReferenceHub, *cameras: str) -> list[str]:
    """Give what the dialog says of each of these cameras."""
    step = await cameras_of(hass, hub.invitation())
    step = await answer(hass, step, {"cameras": list(cameras)})
    if "labels" in step.get("menu_options", []):
        step = await answer(hass, step, {"next_step_id": "labels"})
    return told_by(step)["cameras"].replace("&#46;", ".").split("\n")


def battery_of(
    hass: HomeAssistant, camera: str, device_class: SensorDeviceClass | str
) -> er.RegistryEntry:
    """Give the camera's device another entity."""
    registry = er.async_get(hass)
    return registry.async_get_or_create(
        "sensor",
        INTEGRATION,
        "level",
        device_id=registered(registry, camera).device_id,
        original_device_class=device_class,
    )


async def test_of_video_it_is_said_that_it_is_live(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras
) -> None:
    (porch,) = await install(
        hass, OwnCamera("Porch", served.url("porch"), device="Porch")
    )
    (said,) = await told(hass, hub, porch)
    assert said.startswith("- Porch: Live video, H.264, ")
    for other in ("Images", COST, BATTERY, CLOUD):
        assert other not in said


async def test_of_images_it_is_said_how_often_and_what_they_cost(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    (porch,) = await install(hass, ImageCamera(seconds=2))
    battery_of(hass, porch, "humidity")
    (said,) = await told(hass, hub, porch)
    assert said.startswith(
        "- Porch: Images, not live video: at most one every 2 seconds"
    )
    assert COST in said
    assert BATTERY not in said
    assert "Live" not in said


async def test_each_camera_is_described_by_itself(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras
) -> None:
    cameras = await install(
        hass,
        OwnCamera("Porch", served.url("porch"), device="Porch"),
        ImageCamera("Yard"),
        LastCamera("Bell"),
    )
    battery_of(hass, cameras[2], SensorDeviceClass.BATTERY)
    porch, yard, bell = await told(hass, hub, *cameras)
    assert "Live video" in porch
    assert COST in yard
    assert BATTERY not in porch + yard
    assert BATTERY in bell
    assert "It gives no image right now." in bell
    assert COST not in bell


async def test_of_a_camera_with_a_battery_it_is_said_that_viewers_drain_it(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    (porch,) = await install(hass, ImageCamera())
    battery_of(hass, porch, SensorDeviceClass.BATTERY)
    assert BATTERY in (await told(hass, hub, porch))[0]


async def test_what_its_owner_calls_a_battery_is_one(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    (porch,) = await install(hass, ImageCamera())
    level = battery_of(hass, porch, "humidity")
    registry = er.async_get(hass)
    registry.async_update_entity(level.entity_id, device_class="battery")
    assert BATTERY in (await told(hass, hub, porch))[0]


@pytest.mark.parametrize(
    ("iot_class", "is_cloud"),
    [
        ("cloud_polling", True),
        ("cloud_push", True),
        ("local_polling", False),
        ("assumed_state", False),
        (None, False),
    ],
)
async def test_of_a_camera_in_a_cloud_it_is_said_that_its_maker_can_tell(
    hass: HomeAssistant,
    hub: ReferenceHub,
    iot_class: str | None,
    is_cloud: bool,  # noqa: FBT001  # a parameter
) -> None:
    (porch,) = await install(hass, ImageCamera())
    mock_integration(
        hass, MockModule(INTEGRATION, partial_manifest={"iot_class": iot_class})
    )
    (said,) = await told(hass, hub, porch)
    assert (CLOUD in said) == is_cloud


async def test_of_a_camera_whose_integration_is_gone_nothing_is_said_of_a_cloud(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    (porch,) = await install(hass, ImageCamera())
    hass.data["integrations"].pop(INTEGRATION)
    (said,) = await told(hass, hub, porch)
    assert CLOUD not in said
    assert "Images, not live video" in said
