"""The uploads of cameras to one hub, and the sessions that each carries."""

from collections.abc import Awaitable, Callable
from functools import partial
import logging
from typing import TYPE_CHECKING

from ..core.model import Opening
from ..relay import NOTHING_SENT, IngestTarget, Progress, Upload, UploadFailed
from .decisions import FactChanges

if TYPE_CHECKING:
    import asyncio
    from ssl import SSLContext

    from homeassistant.core import HomeAssistant

    from ..core.messages import SessionOpen
    from ..core.model import Decision, Share
    from ..relay import ConsentedStream

_LOGGER = logging.getLogger(__name__)


class Carrier:
    """Feeds a camera into an upload from `run` until `cut`. Once cut it never sends again.

    It asks nobody whether it may: the gate makes it, starts it and cuts it. `since` returns the moment of the loop's
    clock before which nothing may have come in that it sends.
    """

    def __init__(
        self,
        *,
        share_id: str,
        is_common: bool,
        since: Callable[[], float],
        consented: ConsentedStream,
        target: Callable[[], Awaitable[IngestTarget]],
        ssl: SSLContext,
        on_lost: Callable[[], None],
    ) -> None:
        self.share_id = share_id
        self.is_common = is_common
        self._since = since
        self.sessions: set[str] = set()
        self.task: asyncio.Task[None] | None = None
        self._consented = consented
        self._target = target
        self._ssl = ssl
        self._on_lost = on_lost
        self._upload: Upload | None = None
        self._cut = False

    @property
    def progress(self) -> Progress:
        """Return what was handed to the transport so far."""
        return self._upload.progress if self._upload else NOTHING_SENT

    @property
    def no_picture(self) -> str | None:
        """Return why no picture comes from the camera, as far as that is known."""
        return self._consented.stream.status.no_picture

    async def run(self) -> None:
        """Connect to the hub's ingest, then feed the camera into it. Calls `on_lost` once if that fails."""
        try:
            target = await self._target()
            if self._cut:
                return
            self._upload = Upload(target=target, ssl=self._ssl, on_lost=self._lost)
            await self._upload.connect()
            if not self._cut:
                self._consented.stream.attach(
                    self._upload, self._consented.is_consented, self._since()
                )
        except UploadFailed, OSError:
            self._lost()
        except Exception:
            _LOGGER.exception("An upload could not be started")
            self._lost()

    def cut(self) -> None:
        """Stop at once and for good, awaiting nothing. What is buffered is dropped."""
        self._cut = True
        if self._upload:
            self._upload.cut()
            self._consented.stream.detach(self._upload)
        if self.task:
            self.task.cancel()

    def _lost(self, _code: str = "") -> None:
        """Call `on_lost`, unless we cut the upload ourselves."""
        if not self._cut:
            self._on_lost()


class Carriers:
    """The uploads to one hub, each under the id of the session that it was made for."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        source: Callable[[Share], ConsentedStream],
        ingest: Callable[[str, str], Awaitable[IngestTarget]],
        ssl: SSLContext,
        on_lost: Callable[[str], None],
    ) -> None:
        """`on_lost` takes the id of an upload that failed or that the hub ended."""
        self._hass = hass
        self.changes = FactChanges(hass)
        self._source = source
        self._ingest = ingest
        self._ssl = ssl
        self._on_lost = on_lost
        self._by_session: dict[str, Carrier] = {}

    def __getitem__(self, carried_by: str) -> Carrier:
        """Return an upload; KeyError if there is none."""
        return self._by_session[carried_by]

    def get(self, carried_by: str) -> Carrier | None:
        """Return an upload, or None."""
        return self._by_session.get(carried_by)

    def carrying(self, share: Share, message: SessionOpen, decision: Decision) -> str:
        """Return the id of the share's common upload, or prepare one for this session.

        An upload that is not common carries its own session and no other, and nothing from before that was let in.
        """
        # so that ending a session that only an approval opens ends exactly it
        is_common = decision.reason is not Opening.APPROVAL
        for carried_by, carrier in self._by_session.items():
            if is_common and carrier.is_common and carrier.share_id == share.share_id:
                return carried_by
        self._by_session[message.session] = Carrier(
            share_id=share.share_id,
            is_common=is_common,
            since=self._since(share.share_id, decision if is_common else None),
            consented=self._source(share),
            target=partial(self._ingest, message.ingest.url, message.ingest.token),
            ssl=self._ssl,
            on_lost=partial(self._on_lost, message.session),
        )
        return message.session

    def _since(self, share_id: str, opened_by: Decision | None) -> Callable[[], float]:
        """Return what returns the moment since which this decision (None: one of now) and all facts were the same."""
        opened = (
            self.changes.open_since(share_id, opened_by)
            if opened_by
            else self._hass.loop.time()
        )
        return lambda: max(opened, self.changes.last(share_id).steady)

    def start(self, session_id: str) -> None:
        """Start the upload that was made for this session, if there is one and it was not started yet."""
        if (carrier := self.get(session_id)) and carrier.task is None:
            carrier.task = self._hass.async_create_background_task(
                carrier.run(), f"latchstring upload {session_id}"
            )

    def remove(self, carried_by: str) -> None:
        """Remove an upload, if it is there."""
        self._by_session.pop(carried_by, None)
