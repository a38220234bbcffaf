"""Who stands behind the connection: the home's side of every conversation."""

from typing import Protocol

from ..core.errors import ErrorCode, PairingProblem
from ..core.messages import Cameras, HubMessage, Result
from ..core.pairing import Discovery


class MessageHandler(Protocol):
    """Told on the event loop, in the order of things; only `answer` takes its time."""

    def cameras(self) -> Cameras:
        """Give the list that is sent first on each connection."""

    def connected(self) -> None:
        """Know that the hub is there, with the terms and keys that were accepted."""

    def unreached(self, problem: PairingProblem) -> None:
        """Know why an attempt to reach the hub came to nothing; others follow."""

    def heard(self) -> None:
        """Note that a frame came from the hub; after ten seconds without, cut."""

    def disconnected(self) -> None:
        """Know that nothing reaches the hub any more."""

    def awaits(self, message: HubMessage) -> bool:
        """Say, once for each thing awaited, whether the hub owes this; no quota holds it up."""

    async def answer(self, message: HubMessage, received: float) -> Result:
        """Decide, or raise ProtocolError; `received` is the loop's time.

        Answers begin in the order the messages came in, and overlap.
        """

    def answered(self, message: HubMessage) -> None:
        """Know that the answer is with the network: media may follow it."""

    def unanswered(self, message: HubMessage) -> None:
        """Know that the hub was never told; what was begun for it must end."""

    def refused(self, code: ErrorCode) -> None:
        """Count a message that was answered with an error."""

    def changed(self, discovery: Discovery) -> None:
        """See terms or keys that nobody accepted. Told again until they are back."""

    def forgotten(self) -> None:
        """Know that the hub wants a new invitation; the connection gives up."""
