"""The interface that the connection calls: `gate/handler.py` implements it."""

from typing import Protocol

from ..core.errors import ErrorCode, PairingProblem
from ..core.messages import Cameras, HubMessage, Result
from ..core.pairing import Discovery


class MessageHandler(Protocol):
    """Callbacks of the connection, called on the event loop in order; only `answer` is a coroutine."""

    def cameras(self) -> Cameras:
        """Return the list that is sent first on each connection."""

    def connected(self) -> None:
        """Called when connected to the hub, whose terms and keys are those that were accepted."""

    def connection_failed(self, problem: PairingProblem) -> None:
        """Called when an attempt to connect failed; others follow."""

    def frame_received(self) -> None:
        """Called for each frame of the hub; after ten seconds without one, sessions are cut."""

    def disconnected(self) -> None:
        """Called when the connection is lost."""

    def is_awaited(self, message: HubMessage) -> bool:
        """Return whether the hub owes this message, once for each that is awaited: no rate limit applies to it."""

    async def answer(self, message: HubMessage, received: float) -> Result:
        """Return the result of a request, or raise ProtocolError; `received` is the loop's time.

        Calls begin in the order in which the messages arrived, and overlap.
        """

    def answer_sent(self, message: HubMessage) -> None:
        """Called when the answer was handed to the network: media may follow it."""

    def answer_lost(self, message: HubMessage) -> None:
        """Called when the answer did not leave: what was begun for it must end."""

    def request_refused(self, code: ErrorCode) -> None:
        """Called for each message that was answered with an error."""

    def discovery_changed(self, discovery: Discovery) -> None:
        """Called at each attempt where the hub has terms or keys that nobody accepted."""

    def home_unknown(self) -> None:
        """Called when the hub no longer knows this home: it is not connected to again."""
