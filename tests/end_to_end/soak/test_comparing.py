"""What a house has recorded of a session fits what a hub has counted, or it is said what does not."""

from collections.abc import Sequence
from hashlib import sha256

from hypothesis import given, strategies as st
import pytest

from ..record_file import Written
from .comparing import (
    Mark,
    NotOneEnd,
    Recorded,
    differences,
    missing,
    receipt_differences,
    recorded,
    unrecorded,
)

PARTS = [b"init", b"keyframe", b"picture", b"another"]
START = bytes(32)


def chain_of(parts: Sequence[bytes]) -> bytes:
    chain = START
    for part in parts:
        chain = sha256(chain + sha256(part).digest()).digest()
    return chain


class Came:
    """An upload of which this much came, the last part perhaps not whole."""

    def __init__(self, parts: Sequence[bytes], more: int = 0) -> None:
        self.parts = len(parts)
        self.bytes = sum(map(len, parts)) + more
        self._parts = parts

    def chain(self, part: int) -> bytes:
        return chain_of(self._parts[:part])

    def length(self, part: int) -> int:
        return sum(map(len, self._parts[:part]))


def session(begin: int, end: int, more: int = 0) -> Recorded:
    """A session that was sent these of PARTS."""
    return Recorded(
        session="s",
        carried_by="s",
        begin=Mark(parts=begin, chain=chain_of(PARTS[:begin]).hex()),
        end=Mark(parts=end, chain=chain_of(PARTS[:end]).hex()),
        bytes=sum(map(len, PARTS[begin:end])) + more,
    )


places = st.integers(0, len(PARTS))


@given(begin=places, end=places, came=places)
def test_what_was_sent_fits_whatever_came_of_it(
    begin: int, end: int, came: int
) -> None:
    begin, end = sorted((begin, end))
    for more in range(len(PARTS[came]) if came < len(PARTS) else 1):
        upload = Came(PARTS[:came], more)
        assert list(differences(session(begin, end), upload)) == []
        assert missing(session(begin, end), upload) >= 0


@pytest.mark.parametrize("more", [-1, 1])
def test_another_number_of_bytes_is_noticed_where_all_parts_came(more: int) -> None:
    (found,) = differences(session(1, 3, more), Came(PARTS))
    assert "1 bytes" in found


def test_more_bytes_than_recorded_are_noticed_where_the_last_part_is_cut() -> None:
    (found,) = differences(session(0, 2, -3), Came(PARTS[:1], 6))
    assert found == "s: 1 bytes more than recorded"


def test_another_chain_is_noticed() -> None:
    (found,) = differences(session(0, 2), Came([b"init", b"KEYFRAME", b"picture"]))
    assert found == "s: another chain at part 2"


def test_parts_outside_of_all_sessions_are_noticed() -> None:
    assert list(unrecorded([session(0, 2), session(1, 4)], Came(PARTS))) == []
    assert list(unrecorded([session(0, 2)], Came(PARTS[:1], 3))) == []
    for sessions in ([session(1, 4)], [session(0, 3)], [session(0, 1), session(2, 4)]):
        assert len(list(unrecorded(sessions, Came(PARTS)))) == 1
    assert len(list(unrecorded([session(0, 3)], Came(PARTS[:3], 1)))) == 1


def test_a_receipt_of_something_else_is_noticed() -> None:
    whole = session(0, 4)
    claims = {
        "session": "s",
        "fragments": 4,
        "chain": whole.end.chain,
        "bytes": whole.bytes,
    }
    assert list(receipt_differences(whole, claims)) == []
    for wrong in (
        {"session": "t"},
        {"chain": START.hex()},
        {"bytes": whole.bytes - 1},
        {"bytes": whole.bytes + 1, "fragments": 3},
    ):
        assert len(list(receipt_differences(whole, claims | wrong))) == 1


def test_a_session_has_one_end() -> None:
    mark = {"fragments": 0, "chain": START.hex()}
    started = Written(
        kind="session_started", content={"session": "s", "carried_by": "s"}
    )
    ended = Written(
        kind="session_ended",
        content={"session": "s", "bytes": 0, "from": mark, "to": mark},
    )
    assert list(recorded([started, ended])) == [session(0, 0)]
    for entries in ([started], [started, ended, ended]):
        with pytest.raises(NotOneEnd):
            list(recorded(entries))
