"""What a test or a desk holds in its hands."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .agency import Agency, Agreement
from .assertion import Forgery, Viewer, about_request, about_session, make_assertion
from .conduct import Conduct
from .homes import Home, Transcript
from .presence import invite
from .running import Running
from .session import Opened, Refused, Seen, Session, seen
from .store import Objection
from .upload import Moment


class ReferenceHub(Running):
    """`async with ReferenceHub(authority) as hub:` listens until the block is left.

    All that waits here waits for a fact, and fails after a minute without it.
    `home` may be left out everywhere while only one home is paired.
    """

    # What it is, and how it behaves

    @property
    def origin(self) -> str:
        return self.presence.origin

    @property
    def port(self) -> int:
        return self._server.ports[0]

    @property
    def hub_id(self) -> str:
        return self.presence.identity.hub_id

    @property
    def agency(self) -> Agency:
        return self.presence.agency

    @property
    def conduct(self) -> Conduct:
        return self.presence.conduct

    @conduct.setter
    def conduct(self, conduct: Conduct) -> None:
        """Behave like this from now on."""
        self.presence.conduct = conduct

    @property
    def transcript(self) -> Transcript:
        """Every control message, with its direction and times."""
        return self.control.transcript

    @property
    def faults(self) -> Sequence[str]:
        """What homes did that the document doesn't allow."""
        return list(self.control.faults)

    async def faulted(self, words: str) -> None:
        """Wait until a home has done this wrong."""
        await self.changes.until(lambda: any(words in each for each in self.faults))

    def objection(self, home: str | None = None) -> Objection | None:
        """What this home shows of its log that the hub doesn't take, for as long as that stands."""
        return self.store.objection(self._home(home).id)

    def change_agreement(self, agreement: Agreement) -> None:
        """Publish other terms; homes find out when they connect the next time."""
        self.presence.change_agreement(agreement)

    async def change_keys(self, *, signed: bool = True) -> None:
        """Go on under other keys, and have all homes read so; unless `signed`, nothing says that it is the same hub."""
        self.presence.change_keys(signed=signed)
        for home in self.control.homes():
            await home.disconnect()

    def pause_reading(self, rate_bps: int = 1_000_000) -> None:
        """Read uploads at this rate from now on; see `Options.receive_buffer`."""
        self.ingest.bits_a_second = rate_bps

    def resume_reading(self) -> None:
        self.ingest.bits_a_second = None

    async def settled(self) -> None:
        """Wait until this hub has done all that follows from what homes have said."""
        await self._errands.done()

    # Homes

    def invitation(self, note: str = "") -> str:
        """Make a link for one more home."""
        return invite(self.store, note)

    def homes(self) -> list[str]:
        return [home.id for home in self.control.homes()]

    async def home_connected(self, home: str | None = None) -> str:
        """Wait until a home is connected and has said what cameras it has."""

        def look() -> str | None:
            for each in self.control.homes():
                if each.is_here and home in (None, each.id):
                    return each.id
            return None

        return await self.changes.until(look)

    async def home_admits(self, home: str | None = None) -> None:
        """Wait until a home has what it needs to admit anybody: our name to a tree of this connection."""
        known = self._home(home)
        await self.changes.until(
            lambda: (known.connection and known.connection.cosigned) or None
        )

    async def home_gone(self, home: str) -> None:
        """Wait until a home has said that the pairing is over."""
        await self.changes.until(lambda: self.store.is_gone(home) or None)

    async def home_disconnected(self, home: str | None = None) -> None:
        known = self._home(home)
        await self.changes.until(lambda: known.connection is None)

    def cameras(self, home: str | None = None) -> tuple[dict[str, Any], ...]:
        """The list this home sent last, as it sent it."""
        return self._home(home).cameras

    async def camera_is(
        self, state: str, label: str | None = None, home: str | None = None
    ) -> dict[str, Any]:
        """Wait until a camera (the one of this label) is listed in this state."""

        def look() -> dict[str, Any] | None:
            known = self._home(home)
            for camera in known.cameras if known.is_here else ():
                if camera["state"] == state and label in (None, camera["label"]):
                    return camera
            return None

        return await self.changes.until(look)

    async def forget(self, home: str | None = None) -> None:
        """Know this home no more: it is disconnected, and 401 next time."""
        known = self._home(home)
        self.store.forget_home(known.id)
        await known.disconnect()

    async def disconnect(self, home: str | None = None) -> None:
        """Drop the connection; the home may come back."""
        await self._home(home).disconnect()

    # Sessions

    async def open_session(  # a viewer's four facts, and what to forge
        self,
        camera: str,
        *,
        officer: str = "Officer J. Doe",
        purpose: str = "burglary",
        case: str | None = "2026-118834",
        home: str | None = None,
        forgery: Forgery | None = None,
    ) -> Opened | Refused:
        viewer = Viewer(officer=officer, purpose=purpose, case=case)
        return await self.sessions.open(
            self._home(home), camera, viewer, forgery or Forgery()
        )

    async def close_session(self, session: str) -> None:
        await self.sessions.close(self._session(session))

    def end_upload(self, session: str) -> None:
        """Answer the upload, which ends it and every session it carries."""
        self.ingest.end(session)

    def reset_upload(self, session: str) -> None:
        """Reset the connection of the upload, which ends it as `end_upload` does."""
        self.ingest.reset(session)

    async def first_byte(self, session: str) -> Moment:
        return await self.changes.until(lambda: self.seen(session).first_byte)

    def bytes_after(self, session: str, moment: float) -> int:
        """Count what was not read before this, by the monotonic clock, and came all the same."""
        upload = self._session(session).upload
        return upload.bytes_after(moment) if upload else 0

    async def upload_ended(self, session: str) -> Seen:
        """Wait until nothing more can arrive, and give all that did."""

        def look() -> Seen | None:
            now = self.seen(session)
            return now if now.ended else None

        return await self.changes.until(look)

    async def fragments(self, session: str, at_least: int) -> Seen:
        """Wait until this many parts have arrived."""

        def look() -> Seen | None:
            now = self.seen(session)
            return now if now.fragments >= at_least else None

        return await self.changes.until(look)

    async def ended(self, session: str) -> dict[str, Any]:
        """Wait for the home's `session.ended`, and give its members."""
        kept = self._session(session)
        return await self.changes.until(lambda: kept.ended)

    async def picture_is(self, session: str, *, unchanged: bool) -> Any:
        """Wait until the image in a session is said to be unchanged, or not, and give what holds."""
        kept = self._session(session)
        await self.changes.until(lambda: bool(kept.picture) == unchanged or None)
        return kept.picture

    async def receipt(self, session: str) -> str:
        """Wait until the session's receipt is signed, and give it."""
        kept = self._session(session)
        return await self.changes.until(lambda: kept.receipt)

    def seen(self, session: str) -> Seen:
        """What has arrived by now; nothing, of a session that was refused."""
        kept = self.sessions.get(session)
        return seen(kept.upload if kept else None)

    async def ask_to_watch(
        self,
        camera: str,
        *,
        minutes: int = 15,
        home: str | None = None,
        viewer: Viewer | None = None,
        forgery: Forgery | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """Send `request.open`; give the request's id and the home's whole answer."""
        return await self.sessions.ask_to_watch(
            self._home(home),
            camera,
            viewer or Viewer(),
            minutes=minutes,
            forgery=forgery or Forgery(),
        )

    async def decided(self, request: str, home: str | None = None) -> bool:
        """Wait for `request.decided`."""
        asked = self._home(home).requests
        await self.changes.until(lambda: asked[request] is not None)
        return bool(asked[request])

    # Raw

    async def request(
        self, method: str, params: object, home: str | None = None
    ) -> dict[str, Any]:
        """Send any request and give the whole answer."""
        return await self._home(home).connected().request(method, params)

    async def send_raw(self, raw: str | bytes, home: str | None = None) -> None:
        """Send any frame; the answer, if there is one, is in the transcript."""
        await self._home(home).connected().send(raw)

    async def said_by_home(
        self, fits: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """Wait for a control message of a home that fits; the first that ever did."""

        def look() -> dict[str, Any] | None:
            for each in self.transcript:
                if each.direction == "from home" and fits(each.message):
                    return each.message
            return None

        return await self.changes.until(look)

    def session_params(
        self, camera: str, home: str | None = None, forgery: Forgery | None = None
    ) -> dict[str, Any]:
        """Make a `session.open` without sending it."""
        return self.sessions.ask_for_session(
            self._home(home), camera, Viewer(), forgery or Forgery()
        )

    def sign_assertion(
        self,
        params: Mapping[str, Any],
        home: str | None = None,
        forgery: Forgery | None = None,
    ) -> str:
        """Sign for these members of a `session.open` or `request.open`."""
        about = about_session if "session" in params else about_request
        return make_assertion(
            self.presence,
            self._home(home).id,
            Viewer(),
            about(params),
            forgery or Forgery(),
        )

    def _home(self, home: str | None) -> Home:
        return self.control.home(home)

    def _session(self, session: str) -> Session:
        kept = self.sessions.get(session)
        if kept is None:
            raise KeyError(session)
        return kept
