"""The list of cameras that a hub is sent."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from homeassistant.const import CONF_LATITUDE, CONF_LONGITUDE

from ..const import (
    CONF_CODEC,
    CONF_HEADING_DEG,
    CONF_HEIGHT,
    CONF_IMAGES,
    CONF_PLACE,
    CONF_RADIUS_M,
    CONF_VIDEO,
    CONF_WIDTH,
)
from ..core.messages import CameraEntry, Cameras, CameraState, Images, Place, Video
from ..core.model import Decision, Opening, Share

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from ..gate import Decisions


class CameraList:
    """The shares of a hub as that hub may see them."""

    def __init__(
        self,
        entry: ConfigEntry,
        *,
        shares: Callable[[], Mapping[str, Share]],
        decisions: Decisions,
    ) -> None:
        self._entry = entry
        self._shares = shares
        self._decisions = decisions

    def now(self) -> Cameras:
        """Return the list as it is now."""
        return Cameras(cameras=tuple(map(self._listed, self._shares().values())))

    def _listed(self, share: Share) -> CameraEntry:
        """Return the hub's entry of a share: what its owner wrote for the hub, and nothing else."""
        data = self._entry.subentries[share.share_id].data
        return CameraEntry(
            camera=share.camera_id,
            label=share.label,
            state=state_of_share(share, self._decisions.admission(share.share_id)),
            place=_place(data[CONF_PLACE]),
            video=_video(data[CONF_VIDEO]),
        )


def state_of_share(share: Share, decision: Decision) -> CameraState:
    """Return what the hub may know of a share's decision.

    A share with a "never" rule always reads `ask`, because open and closed would tell who is home.
    """
    if share.has_never:
        return CameraState.ASK
    if decision.open:
        return CameraState.OPEN
    return CameraState.ASK if Opening.APPROVAL in share.openings else CameraState.CLOSED


def _place(place: Mapping[str, Any] | None) -> Place | None:
    if place is None:
        return None
    return Place(
        longitude=place[CONF_LONGITUDE],
        latitude=place[CONF_LATITUDE],
        radius_m=place[CONF_RADIUS_M],
        heading_deg=place[CONF_HEADING_DEG],
    )


def _video(video: Mapping[str, Any] | None) -> Video | None:
    if video is None:
        return None
    seconds = video.get(CONF_IMAGES)
    return Video(
        codec=video[CONF_CODEC],
        width=video[CONF_WIDTH],
        height=video[CONF_HEIGHT],
        images=Images(interval_ms=round(1000 * seconds)) if seconds else None,
    )
