"""What follows a session's end: comparing both sides' counts, and the receipt."""

from collections.abc import Mapping
import time
from typing import Any

from .control import Control
from .errands import Errands
from .homes import Gone, Home
from .jose import sign
from .session import Session, received
from .sessions import Sessions
from .tree import ProofWrong
from .witness import Witness

ARRIVES_WITHIN = 15.0


class Closing:
    """Hears what homes say after the fact, and answers it."""

    def __init__(
        self,
        control: Control,
        sessions: Sessions,
        witness: Witness,
        errands: Errands,
    ) -> None:
        self._control = control
        self._sessions = sessions
        self._witness = witness
        self._errands = errands

    def heard(self, home: Home, method: str, params: dict[str, Any]) -> None:
        match method:
            case "session.ended":
                self._ended(home, params)
            case "checkpoint":
                self._checkpoint(home, params)

    def _ended(self, home: Home, params: dict[str, Any]) -> None:
        session = self._sessions.get(params["session"])
        if session is None or session.home != home.id or session.ended is not None:
            self._fault(params["session"], "ended, but was not running")
            return
        session.ended = params
        if "proof" in params:
            told = ("session", "bytes", "from", "to")
            entry = {name: params[name] for name in told} | {"kind": "session_ended"}
            try:
                self._witness.check_entry(home, params["proof"], entry)
            except ProofWrong as wrong:
                self._fault(session.id, str(wrong))
        self._errands.send(self._settle(home, session, params))

    async def _settle(
        self, home: Home, session: Session, ended: Mapping[str, Any]
    ) -> None:
        """Let all arrive that was sent before the end, then say what did."""
        try:
            await self._control.changes.until(
                lambda: self._has_arrived(session, ended), ARRIVES_WITHIN
            )
        except TimeoutError:
            self._fault(session.id, "its upload goes on after its end")
        self._compare(session, ended)
        session.receipt = self._sign_receipt(home, session)
        self._control.changes.happened()
        await self._send(
            home, "receipt", {"session": session.id, "receipt": session.receipt}
        )

    def _has_arrived(self, session: Session, ended: Mapping[str, Any]) -> bool:
        upload = session.upload
        if upload is None or upload.end is not None:
            return True
        shared = any(each.upload is upload for each in self._sessions.running())
        return shared and upload.parts >= ended["to"]["fragments"]

    def _compare(self, session: Session, ended: Mapping[str, Any]) -> None:
        for end in (ended["from"], ended["to"]):
            part = end["fragments"]
            has = session.upload.parts if session.upload else 0
            if part > has:
                continue
            chain = session.upload.chain(part) if session.upload else bytes(32)
            if chain.hex() != end["chain"]:
                self._fault(session.id, f"the chain differs at part {part}")

    def _sign_receipt(self, home: Home, session: Session) -> str:
        identity = self._control.presence.identity
        claims = {
            "iss": identity.hub_id,
            "aud": home.id,
            "iat": int(time.time()),
            "session": session.id,
        }
        return sign(
            identity.assertion, "latchstring-receipt+jwt", claims | received(session)
        )

    def _checkpoint(self, home: Home, params: Mapping[str, Any]) -> None:
        try:
            note = self._witness.cosign(home, params)
        except ProofWrong as wrong:
            self._fault(home.id, str(wrong))
            return
        self._errands.send(
            self._send(home, "checkpoint.cosigned", {"checkpoint": note})
        )

    async def _send(self, home: Home, method: str, params: Mapping[str, Any]) -> None:
        try:
            answer = await home.connected().request(method, params)
        except Gone:
            return
        if "error" in answer:
            self._fault(home.id, f"{method} was refused: {answer['error']['message']}")

    def _fault(self, what: str, words: str) -> None:
        self._control.faults.append(f"{what}: {words}")
