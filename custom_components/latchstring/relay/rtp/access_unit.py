"""Access units out of RTP packets: where a picture ends, although markers and timestamps lie."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from ..codec.nal import KEY_SLICES, SETS, SLICES, Codec, is_keyframe, kind
from .clock import TimestampUnwrapper
from .depacketizer import Depacketizer
from .packet import MOST_MISORDERED, SEQUENCES, RtpPacket

MOST_UNITS: Final = 4096
MOST_BYTES: Final = 16 * 2**20
MOST_UNITS_AHEAD: Final = 64
MOST_BYTES_AHEAD: Final = 2**20
"""Bounds of what comes before the first slice of a picture."""

_SLICE, _IN_FRONT, _SAYS_FIRST = 1, 2, 4
"""What a unit means here: a slice, something in front of a picture, a slice that says whether it is the first."""

_FRONT = {
    Codec.H264: frozenset((6, 7, 8, 9, *range(15, 19))),
    Codec.H265: frozenset((32, 33, 34, 35, 39, *range(41, 45), *range(48, 56))),
}
"""Units that begin a new access unit after a slice (H.264 7.4.1.2.3, H.265 7.4.2.4.4).

Not the prefix (14) that scalable video has before each slice, those that continue a picture included.
"""
_WITHOUT_FIRST = {Codec.H264: frozenset((3, 4)), Codec.H265: frozenset[int]()}
"""Slices that do not begin with the first macroblock's number: data partitions B and C."""
_FIRST_BYTE = {Codec.H264: 1, Codec.H265: 2}
_FIRST = 0x80
"""The bit of this byte that is set in the first slice of a picture."""
_TYPES = 64


@dataclass(frozen=True, slots=True)
class CodedUnits:
    """One access unit: its NAL units, its RTP timestamp unwrapped, and when nothing of it had arrived yet."""

    units: list[bytes]
    timestamp: int
    after: float


class _Markers(Enum):
    """Whether a marked packet ends its picture, as RFC 6184 and RFC 7798 say it does."""

    UNPROVEN = auto()
    TRUSTED = auto()
    DISTRUSTED = auto()


class AccessUnitAssembler:
    """Gives each picture once it is whole, with the parameter sets and messages in front of it.

    A picture ends at once at a marked packet, if markers are trusted: the first marked ends of a stream are held until
    what follows shows that the picture was over, or until `settle()`. After a marker that lied they are never trusted
    again, and pictures end where the next begins: at another timestamp, or where the units themselves say so.

    A picture of which something is missing is dropped; where others need it, all up to the next keyframe are.
    """

    _next: int
    _restart: int
    _timestamp: int

    def __init__(
        self,
        codec: Codec,
        on_unit: Callable[[CodedUnits], None],
        *,
        waits_for_keyframe: bool = False,
    ) -> None:
        """`waits_for_keyframe`: whether whatever is missing counts as needed by all up to the next keyframe."""
        self.dropped = 0
        """How many pictures were dropped."""
        self._codec = codec
        self._on_unit = on_unit
        self._waits_for_keyframe = waits_for_keyframe
        self._meanings = _MEANINGS[codec]
        self._source: int | None = None
        self.is_awaiting_keyframe = False
        """Whether no picture can be given before a keyframe."""
        self._begin_stream()

    def add(self, packet: RtpPacket, after: float) -> None:
        """Take a packet; nothing of it had arrived before `after`, in seconds."""
        _, marker, sequence, timestamp, source, payload = packet
        if (sequence != self._next or source != self._source) and not self._follows(
            packet
        ):
            return
        self._next = (sequence + 1) % SEQUENCES
        depacketizer = self._depacketizer
        if timestamp != self._timestamp:
            self._turn(timestamp)
        if not depacketizer.is_incomplete:
            self._packet_after = after
        for unit in depacketizer.add(payload):
            self._place(unit)
        if marker and not depacketizer.is_incomplete:
            self._mark()

    def settle(self) -> None:
        """Give the picture that is held: no more of it has come in time."""
        if self.is_unsettled:
            self._end_at_marker()

    def _begin_stream(self) -> None:
        self.is_unsettled = False
        """Whether a picture is held because it is not yet known whether markers can be trusted."""
        self._markers = _Markers.UNPROVEN
        self._depacketizer = Depacketizer(self._codec)
        self._unwrapper = TimestampUnwrapper()
        self._next = self._restart = self._timestamp = -1
        self._is_head_missing = True
        self._is_front_missing = False
        self._is_ended = False
        self._packet_after = 0.0
        self._begin_unit()

    def _begin_unit(self) -> None:
        self._units: list[bytes] = []
        self._size = 0
        self._after = 0.0
        self._has_slice = False

    def _follows(self, packet: RtpPacket) -> bool:
        """Return whether a packet that is not the next one is to be used."""
        if packet.source != self._source:
            self._change_source(packet.source)
            return True
        ahead = (packet.sequence - self._next) % SEQUENCES
        behind = SEQUENCES - ahead
        if ahead < behind or packet.sequence == self._restart:
            self._lose(packet.timestamp)
            return True
        if behind > MOST_MISORDERED:
            self._restart = (packet.sequence + 1) % SEQUENCES
        return False

    def _change_source(self, source: int) -> None:
        """Begin anew: a picture of one source cannot refer to another's."""
        self.is_awaiting_keyframe = self._source is not None
        self._source = source
        self._begin_stream()

    def _lose(self, timestamp: int) -> None:
        """Take note that packets are missing before this timestamp: of this picture, unless it has ended."""
        self._restart = -1
        self.is_unsettled = self._is_ended = False
        self._depacketizer.drop_incomplete()
        self._give_up()
        if self._depacketizer.dropped and timestamp != self._timestamp:
            self._end()
        self._is_head_missing = True
        self._is_front_missing = self._waits_for_keyframe
        self.is_awaiting_keyframe |= self._waits_for_keyframe

    def _give_up(self) -> None:
        """Drop the units of this picture, and remember what they were."""
        self._depacketizer.dropped.update(self._kinds())
        self._units = []
        self._size = 0

    def _kinds(self) -> set[int]:
        return {kind(self._codec, unit) for unit in self._units}

    def _turn(self, timestamp: int) -> None:
        """End the picture that has another timestamp; what came without a picture is kept for the next one."""
        self._depacketizer.drop_incomplete()
        self._prove()
        if self._has_slice or self._depacketizer.dropped:
            self._end()
        self._timestamp = timestamp

    def _has_picture(self) -> bool:
        return self._has_slice or not self._depacketizer.dropped.isdisjoint(
            SLICES[self._codec]
        )

    def _prove(self) -> None:
        """Trust markers, if the last one was at the end of its picture: this is called when another has begun."""
        if self.is_unsettled or self._is_ended:
            self.is_unsettled = self._is_ended = False
            if self._markers is _Markers.UNPROVEN:
                self._markers = _Markers.TRUSTED

    def _place(self, unit: bytes) -> None:
        """Add a unit to the picture it belongs to."""
        meaning = self._meanings[kind(self._codec, unit)]
        if meaning & _IN_FRONT or (meaning & _SAYS_FIRST and self._is_first(unit)):
            self._place_beginning()
        elif meaning & _SLICE:
            self._place_rest(unit)
        elif not self._units:
            return  # it belongs to a picture that is gone
        if not self._units:
            self._after = self._packet_after
        self._units.append(unit)
        self._size += len(unit)
        self._has_slice = self._has_slice or bool(meaning & _SLICE)
        self._bound()

    def _is_first(self, unit: bytes) -> bool:
        at = _FIRST_BYTE[self._codec]
        return len(unit) > at and unit[at] >= _FIRST

    def _place_beginning(self) -> None:
        self._prove()
        self._is_head_missing = False
        if self._has_picture():
            self._end()

    def _place_rest(self, unit: bytes) -> None:
        """Take note of a slice that continues a picture; a marker before it lied."""
        if self.is_unsettled or self._is_ended:
            self._markers = _Markers.DISTRUSTED
        if self._is_ended:
            self.is_awaiting_keyframe = True
        if self._is_ended or (self._is_head_missing and not self._units):
            self._depacketizer.dropped.add(kind(self._codec, unit))
        self.is_unsettled = self._is_ended = self._is_head_missing = False

    def _bound(self) -> None:
        if not self._has_slice:
            if len(self._units) > MOST_UNITS_AHEAD or self._size > MOST_BYTES_AHEAD:
                self._begin_unit()
        elif len(self._units) > MOST_UNITS or self._size > MOST_BYTES:
            self._give_up()

    def _mark(self) -> None:
        """Take note of a marker behind whole units; behind a parameter set or a message alone it means nothing."""
        if self._markers is _Markers.DISTRUSTED or not self._has_picture():
            return
        if self._markers is _Markers.TRUSTED:
            self._end_at_marker()
        elif not self._depacketizer.dropped:  # the last slice alone would prove nothing
            self.is_unsettled = True

    def _end_at_marker(self) -> None:
        self.is_unsettled, self._is_ended = False, True
        self._end()

    def _end(self) -> None:
        """Give the picture if it is whole, and if those it needs were given."""
        picture = CodedUnits(
            self._units, self._unwrapper.unwrap(self._timestamp), self._after
        )
        is_usable = self._is_usable()
        self._depacketizer.dropped.clear()
        self._is_head_missing = self._is_front_missing = False
        self._begin_unit()
        if is_usable:
            self._on_unit(picture)
        else:
            self.dropped += 1

    def _is_usable(self) -> bool:
        if self._depacketizer.dropped:
            self.is_awaiting_keyframe |= self._waits_for_keyframe or self._is_needed()
            return False
        if self.is_awaiting_keyframe and is_keyframe(self._codec, self._units):
            self.is_awaiting_keyframe = self._may_lack_sets()
        return not self.is_awaiting_keyframe

    def _may_lack_sets(self) -> bool:
        """Return whether parameter sets may be lost: by those of before, a keyframe of another size is garbage."""
        return self._is_front_missing and not self._kinds().issuperset(
            SETS[self._codec]
        )

    def _is_needed(self) -> bool:
        """Return whether what was damaged is a keyframe, as far as can be seen."""
        kinds = self._depacketizer.dropped | self._kinds()
        slices = kinds & SLICES[self._codec]
        return not (slices or kinds).isdisjoint(
            KEY_SLICES[self._codec].union(SETS[self._codec])
        )


def _meaning(codec: Codec, number: int) -> int:
    is_slice = number in SLICES[codec]
    return (
        _SLICE * is_slice
        | _IN_FRONT * (number in _FRONT[codec])
        | _SAYS_FIRST * (is_slice and number not in _WITHOUT_FIRST[codec])
    )


_MEANINGS = {
    codec: bytes(_meaning(codec, number) for number in range(_TYPES)) for codec in Codec
}
"""What the units of each type mean."""
