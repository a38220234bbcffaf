"""The home's end of an upload, as the gate holds it."""

from ssl import SSLContext

from custom_components.latchstring.relay import IngestTarget, Upload

from .news import News
from .receiver import Receiver


class Home:
    """Holds an upload, and notes what it is told."""

    def __init__(
        self,
        receiver: Receiver,
        target: IngestTarget | None = None,
        *,
        trust: SSLContext | None = None,
        patience: float = 10.0,
    ) -> None:
        self.lost: list[str] = []
        self.upload = Upload(
            target=target or receiver.target(),
            ssl=trust or receiver.client_context,
            on_lost=self._lost,
            stall_timeout=patience,
        )
        self._receiver = receiver
        self._news = News()

    async def connect(self) -> None:
        """Connect, and wait until the hub has seen the request."""
        await self.upload.connect()
        await self._receiver.until(lambda: self._receiver.request is not None)

    async def until_lost(self) -> None:
        await self._news.until(lambda: bool(self.lost))

    async def until_all_arrived(self) -> None:
        sent = self.upload.progress.bytes
        await self._receiver.until(lambda: len(self._receiver.body) == sent)

    def _lost(self, code: str) -> None:
        self.lost.append(code)
        self._news.tell()
