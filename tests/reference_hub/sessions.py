"""Asking to watch, and keeping what came of it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from .assertion import (
    HONEST,
    Forgery,
    Viewer,
    about_request,
    about_session,
    make_assertion,
)
from .control import Control
from .errands import Errands
from .homes import Gone, Home
from .messages import result_fits
from .presence import INGEST
from .session import Opened, Refused, Session
from .tree import NotConsistent, NotProven, ProofWrong
from .upload import Moment, Upload
from .wire import new_id
from .witness import Witness

type Params = Mapping[str, Any]


class Sessions:
    """The sessions this hub has asked for; of those that are over, the newest."""

    def __init__(
        self,
        control: Control,
        witness: Witness,
        errands: Errands,
        *,
        remembers: int,
        patience: float,
    ) -> None:
        self._control = control
        self._witness = witness
        self._errands = errands
        self._remembers = remembers
        self.patience = patience
        self.end_upload: Callable[[str], None] = lambda _session: None
        self._sessions: dict[str, Session] = {}

    def get(self, session: str) -> Session | None:
        return self._sessions.get(session)

    def forget_pictures(self, home: Home) -> None:
        """Forget how long images have been the same: a home says so again on each connection."""
        for session in self._sessions.values():
            if session.home == home.id:
                session.picture = None

    def is_wanted(self, upload: Upload) -> bool:
        """Whether anybody watches, or is about to, what this upload carries."""
        return any(
            each.upload is upload
            and each.ended is None
            and not (each.refused or each.left)
            for each in self._sessions.values()
        )

    def let_go(self, session: Session) -> None:
        """End an upload that goes on after the last who watched it."""
        if session.upload is not None and not self.is_wanted(session.upload):
            self.end_upload(session.upload.session)

    async def open(
        self, home: Home, camera: str, viewer: Viewer, forgery: Forgery = HONEST
    ) -> Opened | Refused:
        """Ask the home to let this viewer watch."""
        params = self.ask_for_session(home, camera, viewer, forgery)
        session = Session(
            id=params["session"],
            home=home.id,
            camera=camera,
            viewer=viewer,
            token=params["ingest"]["token"],
        )
        self._forget_old()
        self._sessions.setdefault(session.id, session)
        if home.connection is None:
            session.refused = True
            return Refused(code="gone", after=0)
        try:
            return await self._ask(home, params, session)
        finally:
            # Whatever else the home did, it may count this viewer as watching.
            if session.opened is None and not session.refused:
                session.refused = True
                self._errands.send(self.close(session))

    def ask_for_session(
        self, home: Home, camera: str, viewer: Viewer, forgery: Forgery = HONEST
    ) -> dict[str, Any]:
        """Make the members of a `session.open` without sending it."""
        session = new_id("s-")
        path = f"{INGEST}/{session}/video.cmfv"
        params: dict[str, Any] = {
            "session": session,
            "camera": camera,
            "ingest": {
                "url": self._control.presence.ingest_origin + path,
                "token": new_id(),
            },
            **forgery.params,
        }
        if "assertion" not in params:
            params["assertion"] = make_assertion(
                self._control.presence, home.id, viewer, about_session(params), forgery
            )
        return params

    async def _ask(
        self, home: Home, params: Params, session: Session
    ) -> Opened | Refused:
        asked = Moment.now()
        note = ""
        try:
            answer = await home.connected().request("session.open", params)
            if "error" in answer:
                session.refused = True
                return _refused(answer["error"]["message"], asked)
            result = _fitting(answer["result"], session)
            note = result["proof"]["checkpoint"]
            session.opened = await self._admitted(home, params, result)
        except ProofWrong as wrong:
            self.object(home, f"session {session.id}", note, wrong)
            return _refused("proof_wrong", asked)
        except Gone:
            return _refused("gone", asked)
        self._begin(session, session.opened)
        return session.opened

    def object(self, home: Home, what: str, note: str, wrong: ProofWrong) -> None:
        """Keep what is wrong with a tree or an entry, and say so at the desk and to the home."""
        self._control.faults.append(f"{what}: {wrong}")
        told = self._witness.object(home, note, wrong)
        self._control.changes.happened()
        self._errands.send(self._tell(home, told))

    async def _tell(self, home: Home, told: Params) -> None:
        """Show the home what its trees don't go together with: it may be a copy, and not know."""
        with suppress(Gone):
            if told["reason"] == NotConsistent.reason and (
                newest := self._witness.newest(home)
            ):
                note = {"checkpoint": newest}
                await home.connected().request("checkpoint.cosigned", note)
            await home.connected().request("checkpoint.refused", told)

    async def _admitted(self, home: Home, params: Params, result: Params) -> Opened:
        answered = Moment.now()
        entry = {
            "kind": "session_started",
            "session": params["session"],
            "camera": params["camera"],
            "assertion": params["assertion"],
            "agreement": home.receipt["agreement"],
            "carried_by": result["carried_by"],
        }
        self._witness.check_entry(home, result["proof"], entry)
        await self._witness.compare(home, result["proof"]["checkpoint"])
        return Opened(
            session=result["session"],
            carried_by=result["carried_by"],
            ends_by=result["ends_by"],
            answered=answered,
            proof=result["proof"],
        )

    def _begin(self, session: Session, opened: Opened) -> None:
        if opened.carried_by == session.id:
            self._errands.send(self._expect_upload(session))
            return
        carrier = self._sessions.get(opened.carried_by)
        if carrier is None or carrier.home != session.home:
            self._control.faults.append(f"session {session.id}: nothing carries it")
            self._errands.send(self.close(session))
        elif carrier.upload is not None:
            session.upload = carrier.upload
            session.from_part = carrier.upload.parts

    def carry(self, upload: Upload) -> None:
        """Give an upload to the session it was opened for, and to all who joined."""
        carrier = self._sessions[upload.session]
        for session in self._sessions.values():
            joined = session.opened and session.opened.carried_by == carrier.id
            if session is carrier or (joined and session.home == carrier.home):
                session.upload = upload

    async def _expect_upload(self, session: Session) -> None:
        try:
            await self._control.changes.until(
                lambda: session.upload or session.ended, self.patience
            )
        except TimeoutError:
            await self.close(session)

    async def _expect_end(self, session: Session) -> None:
        try:
            await self._control.changes.until(
                lambda: session.ended or session.is_over, self.patience
            )
        except TimeoutError:
            self.let_go(session)

    async def close(self, session: Session) -> None:
        """The viewer is done; a home that can't be told now is told when it is back."""
        session.left = True
        self._errands.send(self._expect_end(session))
        with suppress(KeyError):  # it was forgotten, and so its sessions were
            home = self._control.home(session.home)
            await home.tell("session.close", {"session": session.id})

    def _forget_old(self) -> None:
        over = [each.id for each in self._sessions.values() if each.is_over]
        for session in over[: -self._remembers]:
            del self._sessions[session]

    async def ask_to_watch(
        self,
        home: Home,
        camera: str,
        viewer: Viewer,
        *,
        minutes: int = 15,
        forgery: Forgery = HONEST,
    ) -> tuple[str, dict[str, Any]]:
        """Send `request.open`; give the request's id and the home's whole answer."""
        params: dict[str, Any] = {
            "request": new_id("r-"),
            "camera": camera,
            "minutes": minutes,
            **forgery.params,
        }
        if "assertion" not in params:
            params["assertion"] = make_assertion(
                self._control.presence, home.id, viewer, about_request(params), forgery
            )
        home.requests[params["request"]] = None
        answer = await home.connected().request("request.open", params)
        return params["request"], answer


def _fitting(result: Params, session: Session) -> Params:
    if not result_fits("session.open", result):
        raise NotProven("the result has another shape")
    if result["session"] != session.id:
        raise NotProven("the result is of another session")
    return result


def _refused(code: str, asked: Moment) -> Refused:
    return Refused(code=code, after=Moment.now().monotonic - asked.monotonic)
