"""All sessions of a house's record beside what its hubs have counted."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.reference_hub import ReferenceHub
from tests.reference_hub.jose import unverified
from tests.reference_hub.session import Session

from .comparing import (
    Counted,
    Recorded,
    differences,
    missing,
    receipt_differences,
    unrecorded,
)
from .tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class BothSides:
    """What both sides have; the hubs forget nothing."""

    sessions: Sequence[Recorded]
    hubs: Sequence[ReferenceHub]

    def faults(self) -> Iterator[str]:
        """Say what is not as it must be."""
        by_upload: defaultdict[str, list[Recorded]] = defaultdict(list)
        for each in self.sessions:
            by_upload[each.carried_by].append(each)
            yield from self._faults(each)
        for carried_by, sessions in by_upload.items():
            if (upload := self._upload(carried_by)) is not None:
                yield from unrecorded(sessions, upload)

    def count(self, tally: Tally) -> None:
        """Count how the sessions came out, and what came."""
        for each in self.sessions:
            tally.count("sessions recorded", self._outcome(each))
            if each.receipt is not None:
                tally.count("receipts", "recorded")
        uploads = [self._upload(each.session) for each in self.sessions]
        for upload in uploads:
            if upload is not None:
                tally.count(
                    "parts that came", "pictures and init segments", upload.parts
                )

    def _faults(self, session: Recorded) -> Iterator[str]:
        known = self._known(session.session)
        if known is None:
            yield f"{session.session}: no hub has asked for it"
        elif session.receipt is not None:
            if session.receipt != known.receipt:
                yield f"{session.session}: another receipt than the hub signed"
            yield from receipt_differences(session, unverified(session.receipt))
        if (upload := self._upload(session.carried_by)) is not None:
            yield from differences(session, upload)

    def _outcome(self, session: Recorded) -> str:
        upload = self._upload(session.carried_by)
        if upload is None:
            return f"no upload came{', nothing was sent' if not session.bytes else ''}"
        if upload.parts < session.end.parts:
            return "cut: the hub lacks the last parts"
        if missing(session, upload):
            return "NOT EQUAL"
        return "equal, to the byte" if session.bytes else "equal, nothing"

    def _known(self, session: str) -> Session | None:
        found = (hub.sessions.get(session) for hub in self.hubs)
        return next((each for each in found if each is not None), None)

    def _upload(self, carried_by: str) -> Counted | None:
        known = self._known(carried_by)
        upload = known.upload if known is not None else None
        return upload if upload is not None and upload.session == carried_by else None
