"""NAL units out of RTP payloads: H.264 (RFC 6184, without interleaving) and H.265 (RFC 7798, without DONL)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ..codec.nal import Codec, kind

LARGEST_UNIT: Final = 8 * 2**20

_START_CODE = b"\x00\x00\x01"
_MOST_IN_ONE = 512
"""How many units a payload with start codes, or one with several units, may hold."""
_PART_OVERHEAD = 64
"""What a part of a unit takes besides its bytes: millions of parts of one byte each fit into the largest unit."""
_ONLY_ZEROS = bytes(4096)
"""More zeros than follow any unit; to strip millions would hold up the caller."""

_FU_START = 0x80
_FU_END = 0x40
_ORDER_NUMBER_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How payloads of a codec are laid out."""

    header: int
    """Bytes in front of a unit's own data."""
    kind_bits: int
    """The bits of the FU header that have the unit's type."""
    kind_mask: int
    """The bits of a header's first byte that have the type."""
    kind_shift: int


_LAYOUTS = {
    Codec.H264: _Layout(header=1, kind_bits=0x1F, kind_mask=0x1F, kind_shift=0),
    Codec.H265: _Layout(header=2, kind_bits=0x3F, kind_mask=0x7E, kind_shift=1),
}


class Depacketizer:
    """Takes the units of one stream out of its payloads; no unit given has a start code inside.

    Cameras that put start codes into payloads (Annex B) are understood.
    """

    def __init__(self, codec: Codec) -> None:
        self.is_incomplete = False
        """Whether the last payload was a part of a unit, and not its last one."""
        self.dropped: set[int] = set()
        """Types of the units that were dropped because something of them is missing; for the caller to clear."""
        self._codec = codec
        self._layout = _LAYOUTS[codec]
        self._part_at = self._layout.header
        self._handlers = _HANDLERS[codec]
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, payload: bytes) -> Sequence[bytes]:
        """Return the units that this payload completes."""
        if len(payload) <= self._part_at:
            return ()
        return self._handlers[payload[0]](self, payload)

    def drop_incomplete(self) -> None:
        """Drop the unit of which only parts have come, if there is one: payloads are missing here."""
        if self.is_incomplete:
            self.dropped.add(kind(self._codec, self._parts[0]))
            self._end_unit()

    def add_single(self, payload: bytes) -> Sequence[bytes]:
        """A payload that is one unit, or several between start codes."""
        self.drop_incomplete()
        return self._whole(payload)

    def add_part(self, payload: bytes) -> Sequence[bytes]:
        """A part of a unit (RFC 6184 section 5.8, RFC 7798 section 4.4.3)."""
        edges = payload[self._part_at]
        if edges & _FU_START:
            self._begin_unit(payload)
        elif self.is_incomplete:
            self._parts.append(payload[self._part_at + 1 :])
            self._size += len(payload) + _PART_OVERHEAD
        else:
            self.dropped.add(edges & self._layout.kind_bits)
            return ()
        if self._size > LARGEST_UNIT:
            self.drop_incomplete()
        elif edges & _FU_END:
            unit = b"".join(self._parts)
            self._end_unit()
            return self._whole(unit)
        return ()

    def add_numbered_part(self, payload: bytes) -> Sequence[bytes]:
        """A part with a decoding order number (FU-B), which is not needed."""
        head = self._part_at + 1
        return self.add_part(payload[:head] + payload[head + _ORDER_NUMBER_BYTES :])

    def add_aggregate(self, payload: bytes) -> Sequence[bytes]:
        """Several units with two bytes of length each (RFC 6184 section 5.7.1, RFC 7798 section 4.4.2)."""
        return self._aggregated(payload, self._layout.header)

    def add_numbered_aggregate(self, payload: bytes) -> Sequence[bytes]:
        """Several units behind a decoding order number (STAP-B), which is not needed."""
        return self._aggregated(payload, self._layout.header + _ORDER_NUMBER_BYTES)

    def add_unreadable(self, payload: bytes) -> Sequence[bytes]:
        """A payload that has units, in a way that only other modes have."""
        self.drop_incomplete()
        self.dropped.add(kind(self._codec, payload))
        return ()

    def ignore(self, _: bytes) -> Sequence[bytes]:
        """A payload of a type without a meaning."""
        return ()

    def _aggregated(self, payload: bytes, at: int) -> Sequence[bytes]:
        self.drop_incomplete()
        units: list[bytes] = []
        while at + 2 < len(payload):
            begin = at + 2
            at = begin + int.from_bytes(payload[at:begin])
            if at > len(payload) or len(units) > _MOST_IN_ONE:
                self.dropped.add(kind(self._codec, payload[begin:]))
                break
            if at > begin:
                units += self._whole(payload[begin:at])
        return units

    def _begin_unit(self, payload: bytes) -> None:
        """Put the unit's own header in front of its first part."""
        self.drop_incomplete()
        layout, edges = self._layout, payload[self._part_at]
        number = (edges & layout.kind_bits) << layout.kind_shift
        first = payload[0] & ~layout.kind_mask | number
        rest = payload[1 : layout.header] + payload[layout.header + 1 :]
        self._parts.append(bytes((first,)) + rest)
        self._size = len(payload)
        self.is_incomplete = True

    def _end_unit(self) -> None:
        self._parts.clear()
        self._size = 0
        self.is_incomplete = False

    def _whole(self, unit: bytes) -> Sequence[bytes]:
        if _START_CODE not in unit:
            whole = _without_zeros(unit)
            return (whole,) if whole else ()
        pieces = list(islice(_pieces(unit), _MOST_IN_ONE + 1))
        if len(pieces) > _MOST_IN_ONE:
            self.dropped.add(kind(self._codec, unit))
            return ()
        return [whole for piece in pieces if (whole := _without_zeros(piece))]


def _pieces(unit: bytes) -> Iterator[bytes]:
    """Give what is between start codes, piece by piece: only as much is copied as is taken."""
    begin = 0
    while (end := unit.find(_START_CODE, begin)) >= 0:
        yield unit[begin:end]
        begin = end + len(_START_CODE)
    yield unit[begin:]


def _without_zeros(piece: bytes) -> bytes:
    """Return a unit without the zeros that may follow it; nothing where it is little else."""
    return b"" if piece.endswith(_ONLY_ZEROS) else piece.rstrip(b"\x00")


type _Handler = Callable[[Depacketizer, bytes], Sequence[bytes]]

_H264: dict[int, _Handler] = {
    24: Depacketizer.add_aggregate,  # STAP-A
    25: Depacketizer.add_numbered_aggregate,  # STAP-B
    26: Depacketizer.add_unreadable,  # MTAP16
    27: Depacketizer.add_unreadable,  # MTAP24
    28: Depacketizer.add_part,  # FU-A
    29: Depacketizer.add_numbered_part,  # FU-B
    30: Depacketizer.ignore,
    31: Depacketizer.ignore,
}
_H265: dict[int, _Handler] = {
    48: Depacketizer.add_aggregate,  # AP
    49: Depacketizer.add_part,  # FU
    50: Depacketizer.add_unreadable,  # PACI
    **dict.fromkeys(range(51, 64), Depacketizer.ignore),
}
_HANDLERS: dict[Codec, tuple[_Handler, ...]] = {
    codec: tuple(
        handlers.get(kind(codec, bytes((first,))), Depacketizer.add_single)
        for first in range(256)
    )
    for codec, handlers in ((Codec.H264, _H264), (Codec.H265, _H265))
}
"""What each first byte of a payload says it is."""
