"""One upload of one camera to one hub, and the sessions it carries."""

from collections.abc import Awaitable, Callable
import logging
from typing import TYPE_CHECKING

from ..relay import NOTHING_SENT, IngestTarget, Progress, Upload, UploadFailed

if TYPE_CHECKING:
    import asyncio
    from ssl import SSLContext

    from ..relay import ConsentedSource

_LOGGER = logging.getLogger(__name__)


class Carrier:
    """Feeds a camera into an upload from `run` until `cut`. Once cut it never sends again.

    It asks nobody whether it may: the gate makes it, starts it and cuts it.
    """

    def __init__(
        self,
        *,
        share_id: str,
        is_common: bool,
        consented: ConsentedSource,
        target: Callable[[], Awaitable[IngestTarget]],
        ssl: SSLContext,
        on_lost: Callable[[], None],
    ) -> None:
        """Hold the parts. Nothing is connected before `run`."""
        self.share_id = share_id
        self.is_common = is_common
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
        """What was handed to the transport so far."""
        return self._upload.progress if self._upload else NOTHING_SENT

    @property
    def no_picture(self) -> str | None:
        """Why no picture comes from the camera, as far as that is known."""
        return self._consented.source.no_picture

    async def run(self) -> None:
        """Connect to the hub's ingest, then let the camera flow. Says once when that fails."""
        try:
            target = await self._target()
            if self._cut:
                return
            self._upload = Upload(target=target, ssl=self._ssl, on_lost=self._lost)
            await self._upload.connect()
        except UploadFailed, OSError:
            self._lost()
            return
        except Exception:
            _LOGGER.exception("An upload could not be started")
            self._lost()
            return
        if not self._cut:
            self._consented.source.attach(self._upload, self._consented.is_shown)

    def cut(self) -> None:
        """Stop at once and for good, awaiting nothing. What waits in the buffers is dropped."""
        self._cut = True
        if self._upload:
            self._upload.cut()
            self._consented.source.detach(self._upload)
        if self.task:
            self.task.cancel()

    def _lost(self, _code: str = "") -> None:
        """Pass on that the hub's side is gone, unless we cut it ourselves."""
        if not self._cut:
            self._on_lost()
