"""The shares of a hub, read from its config entry's subentries."""

from typing import TYPE_CHECKING, Any

from homeassistant.const import CONF_LATITUDE, CONF_LONGITUDE

from .const import (
    CONF_CAMERA,
    CONF_CAMERA_ID,
    CONF_CODEC,
    CONF_HEADING_DEG,
    CONF_HEIGHT,
    CONF_LABEL,
    CONF_OPENING,
    CONF_PLACE,
    CONF_RADIUS_M,
    CONF_VIDEO,
    CONF_WIDTH,
    SUBENTRY_SHARE,
)
from .core.messages import CameraEntry, CameraState, Place, Video
from .core.model import Opening, Share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry


def shares_of(entry: ConfigEntry) -> dict[str, Share]:
    """Read every share of a hub, by its subentry's id."""
    return {
        subentry.subentry_id: Share(
            share_id=subentry.subentry_id,
            camera=subentry.data[CONF_CAMERA],
            camera_id=subentry.data[CONF_CAMERA_ID],
            label=subentry.data[CONF_LABEL],
            openings=frozenset({Opening(subentry.data[CONF_OPENING])}),
        )
        for subentry in entry.get_subentries_of_type(SUBENTRY_SHARE)
    }


def listed(entry: ConfigEntry, share: Share, state: CameraState) -> CameraEntry:
    """Say what the hub is told of a share: what its owner wrote for the hub, and nothing else."""
    data = entry.subentries[share.share_id].data
    return CameraEntry(
        camera=share.camera_id,
        label=share.label,
        state=state,
        place=_place(data[CONF_PLACE]),
        video=_video(data[CONF_VIDEO]),
    )


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
    return Video(
        codec=video[CONF_CODEC], width=video[CONF_WIDTH], height=video[CONF_HEIGHT]
    )
