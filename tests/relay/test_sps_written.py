"""An H.264 camera may set more than a picture's size in its parameter set; all of it stands before that."""

from itertools import pairwise

from hypothesis import given, strategies as st

from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.codec.sps import Picture, read_picture

FLAG, FEW, DEPTH = st.booleans(), st.integers(0, 3), st.integers(8, 14)
SCALES = st.none() | st.lists(st.integers(1, 255), min_size=1, max_size=64)
CROP_UNITS = ((1, 1), (2, 2), (2, 1), (1, 1))


class Bits:
    """Writes as H.264 says in sections 7.2 and 9.1."""

    def __init__(self) -> None:
        self.text = ""

    def put(self, *bits: bool) -> None:
        self.text += "".join(str(int(bit)) for bit in bits)

    def unsigned(self, *numbers: int) -> None:
        for number in numbers:
            written = f"{number + 1:b}"
            self.text += "0" * (len(written) - 1) + written

    def signed(self, number: int) -> None:
        self.unsigned(2 * number - 1 if number > 0 else -2 * number)

    def scales(self, scales: list[int] | None, size: int) -> None:
        """Write a scaling list; the last scale given stands for the rest."""
        self.put(scales is not None)
        if scales is not None:
            given = [8, *scales[:size]] + [0] * (len(scales) < size)
            for last, scale in pairwise(given):
                self.signed((scale - last + 128) % 256 - 128)

    def unit(self, start: bytes) -> bytes:
        """Give it all as a unit, with what keeps a start code out of it."""
        bits = f"{self.text}1"
        bits += "0" * (-len(bits) % 8)
        unit = bytearray()
        for byte in start + int(bits, 2).to_bytes(len(bits) // 8):
            if byte <= 3 and unit[-2:] == b"\0\0":
                unit.append(3)
            unit.append(byte)
        return bytes(unit)


@st.composite
def sets(draw: st.DrawFn) -> tuple[bytes, Picture]:
    """Write a parameter set, and say what is in it."""
    bits, profile = Bits(), draw(st.sampled_from([66, 77, 100, 110, 244]))
    bits.unsigned(draw(FEW))
    colour = draw_colour(draw, bits) if profile >= 100 else (1, 8, 8)
    bits.unsigned(draw(FEW))
    draw_picture_order(draw, bits)
    bits.unsigned(draw(FEW))
    bits.put(draw(FLAG))
    across, down = draw(st.integers(0, 200)), draw(st.integers(0, 200))
    bits.unsigned(across, down)
    is_whole = draw(FLAG)
    bits.put(is_whole, *[draw(FLAG)] * (not is_whole), draw(FLAG))
    window = draw(st.none() | st.tuples(FEW, FEW, FEW, FEW))
    bits.put(window is not None)
    bits.unsigned(*window or ())
    bits.put(False)
    left, right, top, bottom = window or (0, 0, 0, 0)
    fields = 1 if is_whole else 2
    unit_across, unit_down = CROP_UNITS[colour[0]]
    start = bytes([profile, 0, 40])
    return bits.unit(b"\x67" + start), Picture(
        width=16 * (across + 1) - unit_across * (left + right),
        height=fields * (16 * (down + 1) - unit_down * (top + bottom)),
        profile=start,
        chroma=colour[0],
        luma_bits=colour[1],
        chroma_bits=colour[2],
    )


def draw_colour(draw: st.DrawFn, bits: Bits) -> tuple[int, int, int]:
    colour = draw(st.tuples(FEW, DEPTH, DEPTH))
    bits.unsigned(colour[0])
    bits.put(*[draw(FLAG)] * (colour[0] == 3))
    bits.unsigned(colour[1] - 8, colour[2] - 8)
    bits.put(draw(FLAG), has_lists := draw(FLAG))
    for place in range(has_lists * (12 if colour[0] == 3 else 8)):
        bits.scales(draw(SCALES), 16 if place < 6 else 64)
    return colour


def draw_picture_order(draw: st.DrawFn, bits: Bits) -> None:
    kind = draw(st.integers(0, 2))
    bits.unsigned(kind)
    if kind == 0:
        bits.unsigned(draw(FEW))
    elif kind == 1:
        bits.put(draw(FLAG))
        offsets = draw(st.lists(st.integers(-99, 99), min_size=2, max_size=9))
        for number in offsets[:2]:
            bits.signed(number)
        bits.unsigned(len(offsets) - 2)
        for number in offsets[2:]:
            bits.signed(number)


@given(sets())
def test_the_picture_is_found_behind_all_that_a_set_can_hold(
    said: tuple[bytes, Picture],
) -> None:
    written, picture = said
    assert read_picture(Codec.H264, written) == picture
