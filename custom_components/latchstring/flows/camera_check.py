"""The examination of a camera before it is listed: whether it can be relayed, and what is stored of it.

A camera that cannot be relayed is refused with the reason. One that is only offline is
listed all the same, without the details of its video.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
import logging
import secrets
from typing import Any, Final, Protocol, Self

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from ..const import (
    CONF_CAMERA,
    CONF_CAMERA_ID,
    CONF_CODEC,
    CONF_HEIGHT,
    CONF_IMAGES,
    CONF_VIDEO,
    CONF_WIDTH,
)
from ..core.source import identities
from ..household.household import HOUSEHOLD_KEY
from ..relay import CameraAddress, ImageSource, Source
from ..relay.encode.cost import cost_of
from ..relay.encode.image import UnreadableImageError
from ..relay.errors import SourceUnusable
from ..relay.sources.probe import probe
from ..relay.sources.refused_logins import RefusedLogins
from ..tracking.camera_sources import without_login
from ..tracking.own_entities import is_ours
from ..tracking.reference import key_of, name_of
from ..tracking.video_source import async_video_source

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
    SESSION_REFUSED = "session_refused"
    NO_PATH = "no_path"
    NO_IMAGE = "no_image"
    IMAGE_UNSUPPORTED = "image_unsupported"


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
        Finding.SESSION_REFUSED,
        Finding.NO_PATH,
        Finding.NO_IMAGE,
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
    image_cost: float | None = None
    """Seconds of one processor core a minute that it takes to make video of its images; None: it has video."""

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
    video, image_cost, finding = None, None, None
    try:
        async with asyncio.timeout(EXAMINATION_SECONDS):
            source = await _recognizable_source(hass, entity_id)
            images = _KeptImage(source) if isinstance(source, ImageSource) else None
            video = await _video(
                hass, images.source if images else source, refused_logins
            )
            image_cost = await images.cost() if images else None
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
        image_cost=image_cost,
    )


async def _video(
    hass: HomeAssistant, source: Source, refused_logins: RefusedLogins
) -> dict[str, Any]:
    try:
        video = await probe(source, refused_logins)
    except SourceUnusable as err:
        raise _FindingError(Finding(err.code)) from err
    if (household := hass.data.get(HOUSEHOLD_KEY)) is not None:
        household.cameras.login_works(source)
    details = {
        CONF_CODEC: video.codec,
        CONF_WIDTH: video.width,
        CONF_HEIGHT: video.height,
    }
    if isinstance(source, ImageSource):
        details[CONF_IMAGES] = source.interval
    return details


class _KeptImage:
    """Keeps the last image of a camera, so that it need not be asked again for what its images cost."""

    def __init__(self, source: ImageSource) -> None:
        self.source = replace(source, fetch=self._fetch)
        """The source that is to be probed."""
        self._ask = source.fetch
        self._image = b""

    async def _fetch(self) -> bytes:
        self._image = await self._ask()
        return self._image

    async def cost(self) -> float:
        """Return what it costs to make video of such images, in seconds of one processor core a minute."""
        try:
            return await asyncio.to_thread(cost_of, self._image, self.source.interval)
        except UnreadableImageError as err:
            raise _FindingError(Finding.IMAGE_UNSUPPORTED) from err


async def _source(hass: HomeAssistant, entity_id: str) -> Source:
    entry = er.async_get(hass).async_get(entity_id)
    if is_ours(hass, entity_id) or split_entity_id(entity_id)[0] != Platform.CAMERA:
        raise _FindingError(Finding.NOT_A_CAMERA)
    if entry is None and hass.states.get(entity_id) is None:
        raise _FindingError(Finding.CAMERA_MISSING)
    try:
        source = await async_video_source(hass, entity_id)
    except HomeAssistantError as err:
        raise _FindingError(Finding.OFFLINE) from err
    except Exception as err:  # another integration's code, which may raise anything
        _LOGGER.debug("%s could not name its stream: %r", entity_id, type(err))
        raise _FindingError(Finding.OFFLINE) from err
    if source is None:
        raise _FindingError(Finding.NO_STREAM_SOURCE)
    return source


async def _recognizable_source(hass: HomeAssistant, entity_id: str) -> Source:
    """Return the source; raise if nothing would tell the camera from another: neither a registry entry nor an address.

    An address that is another one each time tells nothing.
    """
    source = await _source(hass, entity_id)
    if er.async_get(hass).async_get(entity_id) is None:
        again = await _source(hass, entity_id)
        if _known_by(source).isdisjoint(_known_by(again)):
            raise _FindingError(Finding.NOT_RECOGNIZABLE)
    return source


def _known_by(source: Source) -> set[str]:
    if not isinstance(source, CameraAddress):
        return set()
    return {*identities(without_login(source.url))}


def cameras_by_caption(cameras: Iterable[ExaminedCamera]) -> dict[str, ExaminedCamera]:
    """Return the cameras that can be listed by a caption in the form that is unique."""
    fields: dict[str, ExaminedCamera] = {}
    for camera in cameras:
        if camera.can_be_listed:
            is_twin = camera.name in fields
            caption = f"{camera.name} ({camera.entity_id})" if is_twin else camera.name
            fields[caption] = camera
    return fields


def share_data(examined: ExaminedCamera, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the subentry data of a new share, with a new random camera id."""
    return {
        CONF_CAMERA: examined.camera,
        CONF_CAMERA_ID: secrets.token_urlsafe(16),
        CONF_VIDEO: examined.video,
        **answers,
    }
