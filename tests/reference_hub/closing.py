"""What follows a session's end: comparing both sides' counts, and the receipt."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
import time
from typing import Any

from .control import Control, TooMuch
from .errands import Errands
from .homes import Gone, Home
from .jose import sign
from .session import Session, received
from .sessions import Sessions
from .tree import NotProven, ProofWrong
from .wire import from_b64
from .witness import Witness

COSIGNED = "checkpoint.cosigned"
CHECKPOINTS = 100  # of one home, looked at at a time


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
        self._checking: Counter[str] = Counter()

    def heard(self, home: Home, method: str, params: dict[str, Any]) -> None:
        match method:
            case "session.picture":
                self._picture(home, params)
            case "session.ended":
                self._ended(home, params)
            case "checkpoint" if self._control.presence.conduct.cosigns:
                if self._checking[home.id] >= CHECKPOINTS:
                    raise TooMuch
                self._checking[home.id] += 1
                self._errands.send(self._checkpoint(home, params))

    def is_back(self, home: Home) -> None:
        """Forget what held on the connection before, and say again what got no answer on it."""
        self._sessions.forget_pictures(home)
        unanswered = tuple(home.unanswered)
        home.unanswered.clear()
        for method, params in unanswered:
            self._errands.send(self._say_again(home, method, params))

    def _picture(self, home: Home, params: dict[str, Any]) -> None:
        """Keep what is said of the image in a session that runs, of a camera that gives images."""
        session = self._sessions.get(params["session"])
        runs = session is not None and session.opened and not session.ended
        if session is None or session.home != home.id or not runs:
            self._fault(params["session"], "has a picture, but is not running")
        elif "images" not in (home.camera(session.camera) or {}).get("video", {}):
            self._fault(session.id, "is told of images, but shows live video")
        elif params["unchanged_since"] is None:
            session.picture = None
        else:
            session.picture = params

    def _ended(self, home: Home, params: dict[str, Any]) -> None:
        session = self._sessions.get(params["session"])
        if session is None or session.home != home.id or session.ended is not None:
            self._fault(params["session"], "ended, but was not running")
            return
        session.ended = params
        self._errands.send(self._check_end(home, session, params))
        self._errands.send(self._settle(home, session, params))

    async def _check_end(
        self, home: Home, session: Session, ended: Mapping[str, Any]
    ) -> None:
        told = ("session", "at", "bytes", "from", "to")
        entry = {name: ended[name] for name in told} | {"kind": "session_ended"}
        proof = ended.get("proof")
        note = proof["checkpoint"] if proof else ""
        try:
            if proof is None:
                raise NotProven("its end is not proven")
            self._witness.check_entry(home, proof, entry)
            await self._witness.compare(home, note)
        except ProofWrong as wrong:
            self._sessions.object(home, f"session {session.id}", note, wrong)
        except Gone:
            pass  # the tree is compared before the next one is cosigned

    async def _settle(
        self, home: Home, session: Session, ended: Mapping[str, Any]
    ) -> None:
        """Let all arrive that was sent before the end, then say what did."""
        try:
            await self._control.changes.until(
                lambda: self._has_arrived(session, ended), self._sessions.patience
            )
        except TimeoutError:
            self._fault(session.id, "its upload goes on after its end")
            self._sessions.let_go(session)
        self._compare(session, ended)
        session.receipt = self._sign_receipt(home, session)
        self._control.changes.happened()
        self._judge(
            home,
            "receipt",
            await home.tell(
                "receipt", {"session": session.id, "receipt": session.receipt}
            ),
        )

    def _has_arrived(self, session: Session, ended: Mapping[str, Any]) -> bool:
        upload = session.upload
        if upload is None or upload.end is not None:
            return True
        shared = self._sessions.is_wanted(upload)
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

    async def _checkpoint(self, home: Home, params: Mapping[str, Any]) -> None:
        note = params["checkpoint"]
        grown = {
            params["from_size"]: [from_b64(each) for each in params["consistency"]]
        }
        try:
            if (newer := self._witness.newer_than(home, note)) is not None:
                await self._send(home, COSIGNED, {"checkpoint": newer})
            await self._witness.compare(home, note, grown)
            cosigned = self._witness.cosign(home, note)
        except ProofWrong as wrong:
            self._sessions.object(home, f"home {home.id}", note, wrong)
        except Gone:
            pass  # it offers one again when it comes back
        else:
            self._control.changes.happened()
            await self._send(home, COSIGNED, {"checkpoint": cosigned}, note)
        finally:
            self._checking[home.id] -= 1

    async def _send(
        self,
        home: Home,
        method: str,
        params: Mapping[str, Any],
        offered: str | None = None,
    ) -> None:
        """Ask, and note of which checkpoint that was `offered` the home has our cosignature."""
        with suppress(Gone):
            connection = home.connected()
            answer = await connection.request(method, params, cosigned=offered)
            self._judge(home, method, answer)

    async def _say_again(
        self, home: Home, method: str, params: Mapping[str, Any]
    ) -> None:
        answer = await home.tell(method, params)
        if answer is None or not _has_it(answer):
            self._judge(home, method, answer)

    def _judge(self, home: Home, method: str, answer: Mapping[str, Any] | None) -> None:
        if answer is not None and "error" in answer:
            self._fault(home.id, f"{method} was refused: {answer['error']['message']}")

    def _fault(self, what: str, words: str) -> None:
        self._control.faults.append(f"{what}: {words}")


def _has_it(answer: Mapping[str, Any]) -> bool:
    """Tell whether a home has had this receipt before."""
    return bool(answer.get("error", {}).get("message") == "receipt_invalid")
