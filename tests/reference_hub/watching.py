"""What the tests of a session begin with."""

from . import Opened, ReferenceHub


async def watch(
    hub: ReferenceHub, camera: str, officer: str = "Officer J. Doe"
) -> Opened:
    """Open a session that must be admitted."""
    opened = await hub.open_session(camera, officer=officer)
    assert isinstance(opened, Opened)
    return opened


async def open_camera(hub: ReferenceHub) -> str:
    """Wait until the home is there, and give its open camera."""
    await hub.home_connected()
    camera: str = (await hub.camera_is("open"))["camera"]
    return camera
