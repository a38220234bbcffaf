"""An access unit as RTP packets, with all that real cameras do to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
import struct
from typing import Final

from tests.cameras.rtp import RtpStream, payloads_of

from .oddities import Oddities
from .units import is_information, is_parameter_set, is_slice, is_sps, kind

MARKS: Final[Mapping[str, Callable[[bytes, str], bool]]] = {
    "picture": lambda _unit, _codec: False,
    "never": lambda _unit, _codec: False,
    "sets": is_parameter_set,
    "sps": is_sps,
    "information": is_information,
    "slices": is_slice,
    "all": lambda _unit, _codec: True,
}
"""Which units end with a marker, besides the last of a picture, which has one unless there is `never` any."""

_START_CODE: Final = b"\0\0\0\1"
_HEADER: Final = 12
_EXTENSION: Final = struct.pack("!HHI", 0xABAC, 1, 0)
_HAS_EXTENSION: Final = 0x10
_PADDING: Final = b"\0\0\0\4"
_HAS_PADDING: Final = 0x20
_FU_START: Final = 0x80
_FU_END: Final = 0x40
_H265_FU: Final = 49 << 1
_H265_AGGREGATION: Final = 48 << 1


def packets_of(
    oddities: Oddities, stream: RtpStream, units: Sequence[bytes], timestamp: int
) -> Iterator[bytes]:
    """All packets of one access unit."""
    payloads = list(_marked_payloads(oddities, _coded(oddities, units)))
    for number, (payload, is_marked) in enumerate(payloads, 1):
        is_last = number == len(payloads) and oddities.marks != "never"
        packet = stream.packet(payload, timestamp, has_marker=is_marked or is_last)
        yield _dressed(oddities, packet)


def _coded(oddities: Oddities, units: Sequence[bytes]) -> Sequence[bytes]:
    match oddities.start_codes:
        case "each":
            return [_START_CODE + unit for unit in units]
        case "joined":
            return [_START_CODE.join(units)]
        case _:
            return units


def _marked_payloads(
    oddities: Oddities, units: Sequence[bytes]
) -> Iterator[tuple[bytes, bool]]:
    """Give each payload, and whether its unit wants a marker at its end."""
    if oddities.is_aggregated:
        yield from ((payload, False) for payload in _aggregated(oddities, units))
        return
    marks = MARKS[oddities.marks]
    for unit in units:
        *parts, last = _parts(oddities, unit)
        yield from ((part, False) for part in parts)
        yield last, marks(unit, oddities.film.codec)


def _aggregated(oddities: Oddities, units: Sequence[bytes]) -> Iterator[bytes]:
    if not oddities.is_h265:
        yield from payloads_of(units, largest=oddities.largest_payload)
        return
    small = [unit for unit in units if is_parameter_set(unit, oddities.film.codec)]
    if small:
        sized = [struct.pack("!H", len(unit)) + unit for unit in small]
        yield bytes((_H265_AGGREGATION, small[0][1])) + b"".join(sized)
    for unit in units[len(small) :]:
        yield from _parts(oddities, unit)


def _parts(oddities: Oddities, unit: bytes) -> Iterator[bytes]:
    """One unit as it is, or in fragments (RFC 6184 5.8, RFC 7798 4.4.3)."""
    if len(unit) <= oddities.largest_payload:
        yield unit
        return
    head = 2 if oddities.is_h265 else 1
    room = oddities.largest_payload - head - 1
    for start in range(head, len(unit), room):
        edge = _FU_START if start == head else 0
        edge |= _FU_END if start + room >= len(unit) else 0
        fragment = bytes((edge | kind(unit, oddities.film.codec),))
        yield _fragment_head(oddities, unit) + fragment + unit[start : start + room]


def _fragment_head(oddities: Oddities, unit: bytes) -> bytes:
    if oddities.is_h265:
        return bytes((unit[0] & 0x81 | _H265_FU, unit[1]))
    return bytes((unit[0] & 0xE0 | 28,))


def _dressed(oddities: Oddities, packet: bytes) -> bytes:
    """Add what a receiver has to take off again."""
    flags = packet[0]
    extension = padding = b""
    if oddities.has_extension:
        flags, extension = flags | _HAS_EXTENSION, _EXTENSION
    if oddities.has_padding:
        flags, padding = flags | _HAS_PADDING, _PADDING
    return bytes((flags,)) + packet[1:_HEADER] + extension + packet[_HEADER:] + padding
