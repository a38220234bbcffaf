"""The examination of a camera before it is listed: whether it can be relayed, and what is stored of it.

A camera that cannot be relayed is refused with the reason. One that is only offline is
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
from ..household.household import HOUSEHOLD_KEY
from ..localize import Sentences, bullets
from ..relay import CameraAddress
from ..relay.errors import SourceUnusable
from ..relay.sources.probe import probe
from ..relay.sources.refused_logins import RefusedLogins
from ..tracking.camera_address import async_camera_address
from ..tracking.camera_sources import without_login
from ..tracking.own_entities import is_ours
from ..tracking.reference import key_of, name_of

_LOGGER = logging.getLogger(__name__)

MOST_CAMERAS: Final = 100
"""All cameras of a hub go into one message, whose size is limited."""

PROBES_AT_ONCE: Final = 4
EXAMINATION_SECONDS: Final = 40
"""Longer than the timeouts of a slow camera and of its integration together."""

QUICK_SECONDS: Final = 2
PROGRESS_SECONDS: Final = 2
"""How long progress is shown at least: a browser slower than that would miss its end."""


class Finding(StrEnum):
    """What an examination finds wrong with a camera."""

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
    NO_FULL_PICTURE = "no_full_picture"
    LOGIN_UNSUPPORTED = "login_unsupported"
    TRANSPORT_REFUSED = "transport_refused"
    REDIRECTED = "redirected"


MENDABLE: Final = frozenset(
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
        Finding.NO_FULL_PICTURE,
        Finding.LOGIN_UNSUPPORTED,
        Finding.TRANSPORT_REFUSED,
        Finding.REDIRECTED,
    }
)
"""What the owner can mend while the camera is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedCamera:
    """A camera and what was found. `camera` is the key by which a share stores it."""

    entity_id: str
    camera: str
    name: str
    finding: Finding | None = None
    video: dict[str, Any] | None = None

    @property
    def can_be_listed(self) -> bool:
        """Return whether it may be listed, with or without the details of its video."""
        return self.finding is None or self.finding in MENDABLE


class _FindingError(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.value)
        self.finding = finding


class ProgressFlow[Result](Protocol):
    """A config flow or a subentry flow."""

    def async_show_progress(
        self,
        *,
        step_id: str,
        progress_action: str,
        progress_task: asyncio.Task[None],
    ) -> Result:
        """Show progress until the task is done."""

    def async_show_progress_done(self, *, next_step_id: str) -> Result:
        """Continue with another step."""


class Examination:
    """The examination of cameras while a dialog shows progress."""

    def __init__(
        self, hass: HomeAssistant, task: asyncio.Task[tuple[ExaminedCamera, ...]]
    ) -> None:
        self._task = task
        self._progress_task = hass.async_create_task(_for_a_while(task))

    @classmethod
    async def begin(cls, hass: HomeAssistant, entity_ids: Iterable[str]) -> Self:
        """Start an examination and wait a moment: most cameras answer before progress needs to be shown."""
        task = hass.async_create_task(examine(hass, entity_ids))
        await asyncio.wait([task], timeout=QUICK_SECONDS)
        return cls(hass, task)

    def show[Result](
        self, flow: ProgressFlow[Result], *, step_id: str, then: str
    ) -> Result:
        """Show progress in a step until the examination is over, then continue with the step `then`."""
        if self._task.done():
            return flow.async_show_progress_done(next_step_id=then)
        return flow.async_show_progress(
            step_id=step_id, progress_action=step_id, progress_task=self._progress_task
        )

    def result(self) -> tuple[ExaminedCamera, ...]:
        """Return the examined cameras; only when it is over."""
        return self._task.result()


async def _for_a_while(task: asyncio.Task[tuple[ExaminedCamera, ...]]) -> None:
    if not task.done():
        await asyncio.gather(task, asyncio.sleep(PROGRESS_SECONDS))


async def examine(
    hass: HomeAssistant, entity_ids: Iterable[str]
) -> tuple[ExaminedCamera, ...]:
    """Examine cameras, a few at a time, and return them in order."""
    semaphore, refused_logins = asyncio.Semaphore(PROBES_AT_ONCE), RefusedLogins()

    async def examine_one(entity_id: str) -> ExaminedCamera:
        async with semaphore:
            return await _examine(hass, entity_id, refused_logins)

    return tuple(await asyncio.gather(*map(examine_one, entity_ids)))


async def _examine(
    hass: HomeAssistant, entity_id: str, refused_logins: RefusedLogins
) -> ExaminedCamera:
    video, finding = None, None
    try:
        async with asyncio.timeout(EXAMINATION_SECONDS):
            video = await _video(hass, entity_id, refused_logins)
    except _FindingError as err:
        finding = err.finding
    except TimeoutError:
        finding = Finding.UNREACHABLE
    return ExaminedCamera(
        entity_id=entity_id,
        camera=key_of(hass, entity_id),
        name=name_of(hass, entity_id),
        finding=finding,
        video=video,
    )


async def _video(
    hass: HomeAssistant, entity_id: str, refused_logins: RefusedLogins
) -> dict[str, Any]:
    source = await _stream_source(hass, entity_id)
    try:
        video = await probe(source, refused_logins)
    except SourceUnusable as err:
        raise _FindingError(Finding(err.code)) from err
    if (household := hass.data.get(HOUSEHOLD_KEY)) is not None:
        household.cameras.login_works(source)
    await _require_recognizable(hass, entity_id, source)
    return {
        CONF_CODEC: video.codec,
        CONF_WIDTH: video.width,
        CONF_HEIGHT: video.height,
    }


async def _stream_source(hass: HomeAssistant, entity_id: str) -> CameraAddress:
    entry = er.async_get(hass).async_get(entity_id)
    if is_ours(hass, entity_id) or split_entity_id(entity_id)[0] != Platform.CAMERA:
        raise _FindingError(Finding.NOT_A_CAMERA)
    if entry is None and hass.states.get(entity_id) is None:
        raise _FindingError(Finding.CAMERA_MISSING)
    try:
        source = await async_camera_address(hass, entity_id)
    except HomeAssistantError as err:
        raise _FindingError(Finding.OFFLINE) from err
    except Exception as err:  # another integration's code, which may raise anything
        _LOGGER.debug("%s could not name its stream: %r", entity_id, type(err))
        raise _FindingError(Finding.OFFLINE) from err
    if source is None:
        raise _FindingError(_without_source(hass, entity_id))
    return source


async def _require_recognizable(
    hass: HomeAssistant, entity_id: str, source: CameraAddress
) -> None:
    """Raise if a camera without a registry entry gives another address each time: nothing would identify it."""
    if er.async_get(hass).async_get(entity_id) is None:
        again = await _stream_source(hass, entity_id)
        known_by = [{*identities(without_login(each.url))} for each in (source, again)]
        if known_by[0].isdisjoint(known_by[1]):
            raise _FindingError(Finding.NOT_RECOGNIZABLE)


def _without_source(hass: HomeAssistant, entity_id: str) -> Finding:
    state = hass.states.get(entity_id)
    features = state.attributes.get("supported_features", 0) if state else 0
    streams = bool(features & CameraEntityFeature.STREAM)
    return Finding.WEBRTC_ONLY if streams else Finding.NO_STREAM_SOURCE


def cameras_by_caption(cameras: Iterable[ExaminedCamera]) -> dict[str, ExaminedCamera]:
    """Return the cameras that can be listed by a caption in the form that is unique."""
    fields: dict[str, ExaminedCamera] = {}
    for camera in cameras:
        if camera.can_be_listed:
            is_twin = camera.name in fields
            caption = f"{camera.name} ({camera.entity_id})" if is_twin else camera.name
            fields[caption] = camera
    return fields


def reason(words: Sentences, camera: ExaminedCamera) -> str:
    """Return what was found and what to do, without the camera's name; empty if nothing is wrong."""
    if camera.finding is None:
        return ""
    found = words.say("finding", camera.finding)
    listed = words.say("pictureless", "listed") if camera.can_be_listed else ""
    advice = words.picture_advice(camera.finding)
    return " ".join(filter(None, (found, advice, listed)))


def findings(words: Sentences, cameras: Iterable[ExaminedCamera]) -> str:
    """Return what was found as a Markdown list of the cameras with something wrong."""
    return bullets(
        f"{escape_markdown(camera.name)}: {reason(words, camera)}"
        for camera in cameras
        if camera.finding
    )


def share_data(examined: ExaminedCamera, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the subentry data of a new share, with a new random camera id."""
    return {
        CONF_CAMERA: examined.camera,
        CONF_CAMERA_ID: secrets.token_urlsafe(16),
        CONF_VIDEO: examined.video,
        **answers,
    }
