"""How cameras send a picture: what go2rtc, retina and public reports say of their markers, timestamps and units."""

from collections.abc import Callable, Iterable
from typing import Final

from ..units import annex_b
from .payloads import END, FRAME, START, Sender, Units, aggregate, fragment, fragments

type Camera = Callable[[Units, Sender, int, list[bytes]], None]
"""Sends one picture: its number, and its units with the parameter sets in front."""


def parts(units: Units, unit: bytes) -> list[bytes]:
    return fragments(units.codec, unit) if len(unit) > 40 else [unit]


def all_parts(units: Units, sent: Iterable[bytes]) -> list[bytes]:
    return [part for unit in sent for part in parts(units, unit)]


def split(units: Units, picture: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return the parameter sets and the slices."""
    return (
        [unit for unit in picture if unit in units.sets],
        [unit for unit in picture if unit not in units.sets],
    )


def by_the_book(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sender.send_all(all_parts(units, picture), number * FRAME)


def aggregating(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sets, slices = split(units, picture)
    together = [aggregate(units.codec, [units.delimiter, *sets, units.message])]
    sender.send_all([*together, *all_parts(units, slices)], number * FRAME)


def amcrest(units: Units, sender: Sender, number: int, picture: list[bytes]) -> None:
    """Amcrest IP4M-1051: 9, 7, 8, 6, 28... and 9, 6, 1."""
    sets, slices = split(units, picture)
    sent = [units.delimiter, *sets, units.message, *slices]
    sender.send_all(all_parts(units, sent), number * FRAME)


def tapo_tc70(units: Units, sender: Sender, number: int, picture: list[bytes]) -> None:
    """Marks SPS and PPS."""
    sets, slices = split(units, picture)
    for unit in sets:
        sender.send(unit, number * FRAME, marker=True)
    sender.send_all(all_parts(units, slices), number * FRAME)


def reolink_duo_2(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    """Marks SPS, not PPS."""
    sets, slices = split(units, picture)
    for at, unit in enumerate(sets):
        sender.send(unit, number * FRAME, marker=at == 0)
    sender.send_all(all_parts(units, slices), number * FRAME)


def rtsp_server(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    """Marks SPS, PPS, SEI and the picture (go2rtc 244)."""
    sets, slices = split(units, picture)
    for unit in (*sets, units.message):
        sender.send(unit, number * FRAME, marker=True)
    sender.send_all(all_parts(units, slices), number * FRAME)


def sets_with_another_timestamp(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    """Marked parameter sets with the time of the picture before, as retina knows them."""
    sets, slices = split(units, picture)
    for unit in sets:
        sender.send(unit, number * FRAME - 1, marker=True)
    sender.send_all(all_parts(units, slices), number * FRAME)


def messages_alone(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    """An access unit of a delimiter and a message before each picture, at the same time."""
    sender.send_all([units.delimiter, units.message], number * FRAME)
    sender.send_all(all_parts(units, picture), number * FRAME)


def messages_alone_in_between(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sender.send_all(all_parts(units, picture), number * FRAME)
    sender.send_all([units.delimiter, units.message], number * FRAME + FRAME // 2)


def every_slice_marked(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sets, slices = split(units, picture)
    sender.send_all(sets, number * FRAME, marker=False)
    for unit in slices:
        sender.send_all(parts(units, unit), number * FRAME)


def every_packet_marked(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    for part in all_parts(units, picture):
        sender.send(part, number * FRAME, marker=True)


def never_marked(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sender.send_all(all_parts(units, picture), number * FRAME, marker=False)


def never_marked_nor_timed(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sender.send_all(all_parts(units, picture), 7, marker=False)


def trailing_marked(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    """The marker is on what follows the last slice."""
    sender.send_all([*all_parts(units, picture), units.trailing], number * FRAME)


def trailing_behind_the_marker(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sender.send_all(all_parts(units, picture), number * FRAME)
    sender.send(units.trailing, number * FRAME)


def start_codes(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sent = [annex_b(unit) for unit in picture]
    sender.send_all(all_parts(units, sent), number * FRAME)


def one_payload_with_start_codes(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    """SPS, PPS and the slices in one, without a start code in front (go2rtc, WebRTC 391)."""
    sender.send_all(parts(units, annex_b(*picture)[4:]), number * FRAME)


def one_part_each(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    """Units in a single part that begins and ends them (OpenIPC), which the RFCs forbid."""
    head = 1 if len(units.sets) == 2 else 2
    sent = [
        fragment(units.codec, unit, unit[head:], edges=START | END) for unit in picture
    ]
    sender.send_all(sent, number * FRAME)


def time_stands_still(
    units: Units, sender: Sender, _: int, picture: list[bytes]
) -> None:
    sender.send_all(all_parts(units, picture), 7)


def time_in_groups(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sender.send_all(all_parts(units, picture), number // 4 * FRAME)


def time_doubled(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    sender.send_all(all_parts(units, picture), (number - number % 2) * FRAME)


def time_back_and_forth(
    units: Units, sender: Sender, number: int, picture: list[bytes]
) -> None:
    """B-frames, over the end of the 32 bits."""
    sender.send_all(all_parts(units, picture), (number ^ 1) * FRAME - 4 * FRAME)


AT_ONCE: Final[tuple[Camera, ...]] = (
    by_the_book,
    aggregating,
    amcrest,
    tapo_tc70,
    reolink_duo_2,
    rtsp_server,
    sets_with_another_timestamp,
    messages_alone,
    messages_alone_in_between,
    trailing_marked,
    trailing_behind_the_marker,
    start_codes,
    one_payload_with_start_codes,
    one_part_each,
    time_stands_still,
    time_in_groups,
    time_doubled,
    time_back_and_forth,
)
"""Cameras whose markers can be trusted behind slices."""

AT_THE_NEXT: Final[tuple[Camera, ...]] = (
    every_slice_marked,
    every_packet_marked,
    never_marked,
    never_marked_nor_timed,
)
"""Cameras whose pictures end where the next one begins."""
