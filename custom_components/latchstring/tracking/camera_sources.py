"""The sources of the owner's cameras: their fingerprints, and one connection to each.

Consent is given to a source, not to a name: a camera that shows another source than the one consented to is
another camera. A fingerprint is a salted hash of the entity behind a source and its address without the credentials,
or of as much of that as stays where the address is another each time.

A camera's integration is asked for the address when it is needed, and not while nobody watches: with some cameras each
call goes to a cloud, which has a quota, or wakes them up.
"""

from functools import partial
import hashlib
import hmac
import logging
from typing import Final, Protocol

from homeassistant.core import HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from yarl import URL

from ..core.source import identities
from ..failures import Failures
from ..relay import (
    OFFLINE,
    CameraAddress,
    CameraStream,
    ConsentedStream,
    Source,
    SourceRefused,
)
from ..relay.sources.refused_logins import RefusedLogins
from .reference import entity_id_of, entry_of
from .states import is_report, is_unavailable, written_state_of
from .tracker import EntityTracker
from .video_source import async_video_source

_LOGGER = logging.getLogger(__name__)

CLOSING: Final = "Closing what shows"
TAKING_IN: Final = "Taking in what became of"
DISPLAYING: Final = "Displaying"
NOTIFYING: Final = "Notifying of another source of"


type Fingerprints = tuple[str, ...]
"""Fingerprints of the source a camera shows, the most exact first. Empty: it shows none."""


class CameraListener(Protocol):
    """A hub that cameras are shared with."""

    def camera_changed(self, camera: str) -> None:
        """Apply the source that a camera shows now."""

    def camera_failed(self, camera: str) -> None:
        """Close what shows a camera: a change of it could not be processed."""

    def picture_changed(self, camera: str) -> None:
        """Display anew whether a picture comes from a camera, which opens and closes nothing."""


def without_login(url: str) -> str:
    """Return an address without its user and password, which are no part of where a camera is."""
    try:
        return str(URL(url, encoded=True).with_user(None))
    except ValueError:
        return url


class CameraSources:
    """Every camera that is shared with anybody, by the id its share keeps."""

    def __init__(self, hass: HomeAssistant, *, salt: bytes) -> None:
        self._hass = hass
        self._salt = salt
        self._trackers: dict[str, EntityTracker] = {}
        self._listeners: dict[str, list[CameraListener]] = {}
        self._failures = Failures(_LOGGER)
        self._last_fingerprints: dict[str, Fingerprints] = {}
        self._sources: dict[str, CameraStream] = {}
        self._refused_logins = RefusedLogins()
        self._connected_fingerprints: dict[str, Fingerprints] = {}

    def has_reported(self, camera: str) -> bool:
        """Return whether the camera's source was read since this start. One that drops later has still reported."""
        return camera in self._last_fingerprints

    def shows_any(self, camera: str) -> bool:
        """Return whether the camera showed any source last."""
        return bool(self._last_fingerprints.get(camera))

    def is_gone(self, camera: str) -> bool:
        """Return whether Home Assistant has no such camera any more: it was removed or disabled."""
        return written_state_of(self._hass, camera) is None

    def shows(self, camera: str, fingerprint: str | None) -> bool:
        """Return whether the source that the camera showed last has this fingerprint."""
        return fingerprint in self._last_fingerprints.get(camera, ())

    def no_picture(self, camera: str) -> str | None:
        """Return why no picture comes from the camera; None: one does, or nobody has asked for any."""
        source = self._sources.get(camera)
        if source and source.status.has_picture:
            return None
        if is_unavailable(written_state_of(self._hass, camera)):
            return OFFLINE
        return source.status.no_picture if source else None

    def login_works(self, source: Source) -> None:
        """Forget that the login of a source was refused: its owner has just seen that it works."""
        self._refused_logins.discard(source)

    def stream(self, camera: str) -> CameraStream | None:
        """Return the one connection to a camera, if it was needed since this start."""
        return self._sources.get(camera)

    def missed_picture(self, camera: str) -> str | None:
        """Return why whoever asked last saw no picture; None: they saw one, or nobody has asked."""
        source = self._sources.get(camera)
        return source.status.missed if source else None

    def source(self, camera: str, fingerprint: str) -> ConsentedStream:
        """Return the one connection to this camera, to be shown while it goes to this source, and to no other source.

        One source has several fingerprints, and each hub's consent was given to one of them.
        """
        if camera not in self._sources:
            self._sources[camera] = CameraStream(
                loop=self._hass.loop,
                locate=partial(self._async_locate, camera),
                refused_logins=self._refused_logins,
                name=lambda: entity_id_of(self._hass, camera) or camera,
                on_change=partial(self._notify_of_picture, camera),
            )
        return ConsentedStream(
            stream=self._sources[camera],
            is_consented=lambda: (
                fingerprint in self._connected_fingerprints.get(camera, ())
            ),
        )

    async def async_identify(self, camera: str) -> str | None:
        """Return a fingerprint of the source that the camera shows now; None: it has none that lasts.

        The address is read twice: a part that differs between two reads says nothing about the source. Its login is
        tried once more where the camera has refused it, as the owner may have changed something there.
        """
        reads: list[Fingerprints] = []
        for _ in range(2):
            if (source := await self._async_read_source(camera)) is not None:
                self._refused_logins.discard(source)
            reads.append(self._last_fingerprints.get(camera, ()))
        if camera in self._sources:
            self._sources[camera].status.forget_missed()
        first, second = reads
        return next((each for each in first if each in second), None)

    @callback
    def watch(self, camera: str, listener: CameraListener) -> None:
        """Identify the camera's source now and each time it comes back, and report a change of it."""
        self._listeners.setdefault(camera, []).append(listener)
        if camera not in self._trackers:
            self._start_tracking(camera)

    def _start_tracking(self, camera: str) -> None:
        self._trackers[camera] = EntityTracker(
            self._hass,
            camera,
            partial(self._state_changed, camera),
            on_failed=partial(self._failed, camera),
        )
        self._state_changed(camera, None, written_state_of(self._hass, camera))

    @callback
    def leave(self, camera: str, listener: CameraListener) -> None:
        """Stop reporting changes of the camera; the source seen last stays known."""
        listeners = self._listeners.get(camera, [])
        if listener in listeners:
            listeners.remove(listener)
        if not listeners:
            self._listeners.pop(camera, None)
            if (tracker := self._trackers.pop(camera, None)) is not None:
                tracker.stop()

    @callback
    def _state_changed(
        self, camera: str, before: State | None, now: State | None
    ) -> None:
        """Identify the source when the camera comes back, or while none is known yet."""
        if now is None:  # removed or disabled
            self._set(camera, ())
            return
        if before is not None and is_unavailable(before) != is_unavailable(now):
            self._notify_of_picture(camera)
        if is_report(now) and not (
            is_report(before) and self._last_fingerprints.get(camera)
        ):
            self._identify_soon(camera)

    @callback
    def _failed(self, camera: str) -> None:
        """Treat the camera as showing nothing, as its state could not be processed, and track it anew."""
        self._failures.caught(TAKING_IN, camera)
        self._last_fingerprints[camera] = ()
        self._notify(camera)
        self._trackers[camera].stop()
        self._start_tracking(camera)
        self._failures.worked(TAKING_IN, camera)

    async def async_close(self) -> None:
        """Wait until every connection is gone."""
        for source in self._sources.values():
            await source.async_close()
        self._sources.clear()

    def _identify_soon(self, camera: str) -> None:
        self._hass.async_create_task(
            self._async_read_source(camera), f"latchstring read source of {camera}"
        )

    async def _async_locate(self, camera: str) -> Source:
        """Return the source to connect to, and keep which source the connection goes to from now on."""
        self._connected_fingerprints[camera] = ()
        source = await self._async_read_source(camera)
        if source is None:
            raise SourceRefused
        self._connected_fingerprints[camera] = self._fingerprints(camera, source)
        return source

    async def _async_read_source(self, camera: str) -> Source | None:
        """Read the camera's source and keep its fingerprints. Where that fails, the camera shows no source."""
        source: Source | None = None
        if (entity_id := entity_id_of(self._hass, camera)) is not None:
            try:
                source = await async_video_source(self._hass, entity_id)
            except HomeAssistantError:
                return None
            except Exception:
                _LOGGER.exception(
                    "The integration of %s failed to give its stream source", entity_id
                )
                return None
        self._set(camera, self._fingerprints(camera, source) if source else ())
        return source

    @callback
    def _set(self, camera: str, seen: Fingerprints) -> None:
        changed = self._last_fingerprints.get(camera) != seen
        self._last_fingerprints[camera] = seen
        if changed:
            self._notify(camera)

    def _notify(self, camera: str) -> None:
        """Call every listener. One that raises keeps no other from being called."""
        for number, listener in enumerate(tuple(self._listeners.get(camera, ()))):
            what = f"{camera} to hub {number}"
            try:
                listener.camera_changed(camera)
                self._failures.worked(NOTIFYING, what)
            except Exception:  # noqa: BLE001 - whatever it is, the hub's shares are closed, and it is logged
                self._failures.caught(NOTIFYING, what)
                self._close(listener, camera)

    def _notify_of_picture(self, camera: str) -> None:
        """Call every listener. What one raises is logged, and keeps no other from being called."""
        for number, listener in enumerate(tuple(self._listeners.get(camera, ()))):
            what = f"the picture of {camera} at hub {number}"
            try:
                listener.picture_changed(camera)
                self._failures.worked(DISPLAYING, what)
            except Exception:  # noqa: BLE001 - it is logged, and the other hubs display it
                self._failures.caught(DISPLAYING, what)

    def _close(self, listener: CameraListener, camera: str) -> None:
        """Have one listener close, whatever became of the others."""
        try:
            listener.camera_failed(camera)
            self._failures.worked(CLOSING, camera)
        except Exception:  # noqa: BLE001 - it is logged, and the other hubs are to close too
            self._failures.caught(CLOSING, camera)

    def _fingerprints(self, camera: str, source: Source) -> Fingerprints:
        """Return a source's fingerprints. One by the entity alone needs an entity that Home Assistant registers."""
        entry = entry_of(self._hass, camera)
        name = f"{entry.platform} {entry.unique_id}" if entry else camera
        if not isinstance(source, CameraAddress):
            return (self._hashed(f"{name} {source.kind}"),) if entry else ()
        then = without_login(source.url)
        # Credentials in the path or query once counted: consent that was given then still holds.
        identified_by = [*identities(then), *(["any address"] if entry else []), then]
        return tuple(self._hashed(f"{name} {each}") for each in identified_by)

    def _hashed(self, identity: str) -> str:
        return hmac.new(self._salt, identity.encode(), hashlib.sha256).hexdigest()
