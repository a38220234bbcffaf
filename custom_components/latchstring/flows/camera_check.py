"""Listing a camera for a hub: whether it can be relayed, and what is kept of it.

A camera that cannot be relayed is refused with its reason. One that is merely away is
listed all the same, without the details of its video.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
import logging
import secrets
from typing import Any, Final, Protocol, Self

from homeassistant.components.camera import CameraEntityFeature
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from ..const import (
    CONF_CAMERA,
    CONF_CAMERA_ID,
    CONF_CODEC,
    CONF_HEIGHT,
    CONF_VIDEO,
    CONF_WIDTH,
)
from ..core.source import identities
from ..core.text import escape_markdown
from ..internals import async_stream_source
from ..localize import Sentences, bullets
from ..relay.errors import SourceUnusable
from ..relay.sources.probe import probe
from ..tracking.camera_sources import without_login
from ..tracking.own_entities import is_ours
from ..tracking.reference import key_of, name_of

_LOGGER = logging.getLogger(__name__)

MOST_CAMERAS: Final = 100
"""A hub hears of all its cameras in one message, whose size has a limit."""

PROBES_AT_ONCE: Final = 4
EXAMINATION_SECONDS: Final = 40
"""Longer than a camera is given that is slow to answer, and its integration with it."""

AT_ONCE_SECONDS: Final = 2
SHOWN_SECONDS: Final = 2
"""A browser that is slow to show progress would miss that it is over already."""


class Finding(StrEnum):
    """What there is to tell the owner about a camera."""

    CAMERA_MISSING = "camera_missing"
    NOT_A_CAMERA = "not_a_camera"
    NO_STREAM_SOURCE = "no_stream_source"
    WEBRTC_ONLY = "webrtc_only"
    NO_VIDEO = "no_video"
    CODEC_UNSUPPORTED = "codec_unsupported"
    NOT_RECOGNIZABLE = "not_recognizable"
    SCHEME_UNSUPPORTED = "scheme_unsupported"
    OFFLINE = "offline"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BUSY = "busy"
    ADDRESS_WRONG = "address_wrong"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    UNAUTHORIZED = "unauthorized"
    CERTIFICATE_INVALID = "certificate_invalid"
    KEYFRAMES_RARE = "keyframes_rare"


PASSING: Final = frozenset(
    {
        Finding.OFFLINE,
        Finding.UNREACHABLE,
        Finding.SLOW,
        Finding.BUSY,
        Finding.ADDRESS_WRONG,
        Finding.REFUSED,
        Finding.UNREADABLE,
        Finding.UNAUTHORIZED,
        Finding.CERTIFICATE_INVALID,
        Finding.KEYFRAMES_RARE,
    }
)
"""What the owner can mend without listing the camera anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A camera that was looked at. `camera` is what a share keeps of it."""

    entity_id: str
    camera: str
    name: str
    finding: Finding | None = None
    video: dict[str, Any] | None = None

    @property
    def can_be_listed(self) -> bool:
        """Return whether the owner may list it, with or without its video's details."""
        return self.finding is None or self.finding in PASSING


class _FoundError(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.value)
        self.finding = finding


class ProgressFlow[Result](Protocol):
    """A flow of any kind: of a hub or of a share."""

    def async_show_progress(
        self,
        *,
        step_id: str,
        progress_action: str,
        progress_task: asyncio.Task[None],
    ) -> Result:
        """Show progress until the task is done."""

    def async_show_progress_done(self, *, next_step_id: str) -> Result:
        """Go on with another step."""


class Examination:
    """Cameras that are being looked at while a dialog waits."""

    def __init__(
        self, hass: HomeAssistant, looking: asyncio.Task[tuple[Examined, ...]]
    ) -> None:
        self._looking = looking
        self._shown = hass.async_create_task(_shown_a_while(looking))

    @classmethod
    async def begin(cls, hass: HomeAssistant, entity_ids: Iterable[str]) -> Self:
        """Look, and wait a moment: most cameras answer before progress need be shown."""
        looking = hass.async_create_task(examine(hass, entity_ids))
        await asyncio.wait([looking], timeout=AT_ONCE_SECONDS)
        return cls(hass, looking)

    def show[Result](
        self, flow: ProgressFlow[Result], *, step_id: str, then: str
    ) -> Result:
        """Show in a step that cameras are being looked at; when it is over, go on with another."""
        if self._looking.done():
            return flow.async_show_progress_done(next_step_id=then)
        return flow.async_show_progress(
            step_id=step_id, progress_action=step_id, progress_task=self._shown
        )

    def result(self) -> tuple[Examined, ...]:
        """Return what was found, when it is over."""
        return self._looking.result()


async def _shown_a_while(looking: asyncio.Task[tuple[Examined, ...]]) -> None:
    if not looking.done():
        await asyncio.gather(looking, asyncio.sleep(SHOWN_SECONDS))


async def examine(
    hass: HomeAssistant, entity_ids: Iterable[str]
) -> tuple[Examined, ...]:
    """Look at cameras, a few at once, and return what was found of each, in order."""
    places = asyncio.Semaphore(PROBES_AT_ONCE)

    async def in_turn(entity_id: str) -> Examined:
        async with places:
            return await _examine(hass, entity_id)

    return tuple(await asyncio.gather(*map(in_turn, entity_ids)))


async def _examine(hass: HomeAssistant, entity_id: str) -> Examined:
    video, finding = None, None
    try:
        async with asyncio.timeout(EXAMINATION_SECONDS):
            video = await _video(hass, entity_id)
    except _FoundError as found:
        finding = found.finding
    except TimeoutError:
        finding = Finding.UNREACHABLE
    return Examined(
        entity_id=entity_id,
        camera=key_of(hass, entity_id),
        name=name_of(hass, entity_id),
        finding=finding,
        video=video,
    )


async def _video(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    source = await _stream_source(hass, entity_id)
    try:
        video = await probe(source)
    except SourceUnusable as unusable:
        raise _FoundError(Finding(unusable.code)) from unusable
    await _require_recognizable(hass, entity_id, source)
    return {
        CONF_CODEC: video.codec,
        CONF_WIDTH: video.width,
        CONF_HEIGHT: video.height,
    }


async def _stream_source(hass: HomeAssistant, entity_id: str) -> str:
    entry = er.async_get(hass).async_get(entity_id)
    if is_ours(hass, entity_id) or split_entity_id(entity_id)[0] != Platform.CAMERA:
        raise _FoundError(Finding.NOT_A_CAMERA)
    if entry is None and hass.states.get(entity_id) is None:
        raise _FoundError(Finding.CAMERA_MISSING)
    try:
        source = await async_stream_source(hass, entity_id)
    except HomeAssistantError as away:
        raise _FoundError(Finding.OFFLINE) from away
    except Exception as fault:  # another integration's code, which may raise anything
        _LOGGER.debug("%s could not name its stream: %r", entity_id, type(fault))
        raise _FoundError(Finding.OFFLINE) from fault
    if source is None:
        raise _FoundError(_without_source(hass, entity_id))
    return source


async def _require_recognizable(
    hass: HomeAssistant, entity_id: str, source: str
) -> None:
    """Look again at a camera that only its address tells from others: of that something has to stay."""
    if er.async_get(hass).async_get(entity_id) is None:
        again = await _stream_source(hass, entity_id)
        known_by = [{*identities(without_login(each))} for each in (source, again)]
        if known_by[0].isdisjoint(known_by[1]):
            raise _FoundError(Finding.NOT_RECOGNIZABLE)


def _without_source(hass: HomeAssistant, entity_id: str) -> Finding:
    state = hass.states.get(entity_id)
    features = state.attributes.get("supported_features", 0) if state else 0
    streams = bool(features & CameraEntityFeature.STREAM)
    return Finding.WEBRTC_ONLY if streams else Finding.NO_STREAM_SOURCE


def label_fields(cameras: Iterable[Examined]) -> dict[str, Examined]:
    """Return the cameras to list by the caption each has for the owner, no two alike."""
    fields: dict[str, Examined] = {}
    for camera in cameras:
        if camera.can_be_listed:
            is_twin = camera.name in fields
            caption = f"{camera.name} ({camera.entity_id})" if is_twin else camera.name
            fields[caption] = camera
    return fields


def reason(words: Sentences, camera: Examined) -> str:
    """Return what was found, without the camera's name; nothing where all is well."""
    return words.say("finding", camera.finding) if camera.finding else ""


def findings(words: Sentences, cameras: Iterable[Examined]) -> str:
    """Return what was found, a line for each camera there is something to say about."""
    return bullets(
        f"{escape_markdown(camera.name)}: {reason(words, camera)}"
        for camera in cameras
        if camera.finding
    )


def share_data(examined: Examined, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a newly listed camera, under a new random id."""
    return {
        CONF_CAMERA: examined.camera,
        CONF_CAMERA_ID: secrets.token_urlsafe(16),
        CONF_VIDEO: examined.video,
        **answers,
    }
