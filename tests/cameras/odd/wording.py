"""How an odd camera words its answers."""

from collections.abc import Callable, Mapping
import re
from typing import Final

_NAMES: Final = re.compile(rb"(?m)^[A-Za-z-]+(?=:)")
_SEQUENCE: Final = re.compile(rb"CSeq: \d+\r\n")
_REASON: Final = re.compile(rb"(?m)\A(RTSP/1.0 \d+) [^\r]+")
_END: Final = b"\r\n\r\n"

WORDINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "usual": lambda head: head,
    "small": lambda head: _NAMES.sub(lambda name: name[0].lower(), head),
    "spaced": lambda head: head.replace(b": ", b" :\t "),
    "without CSeq": lambda head: _SEQUENCE.sub(b"", head),
    "without a reason": lambda head: _REASON.sub(rb"\1", head),
    "bare line feeds": lambda head: head.replace(b"\r\n", b"\n"),
}


def worded(wording: str, answer: bytes) -> bytes:
    """Return an answer with its head in other words."""
    head, end, body = answer.partition(_END)
    return WORDINGS[wording](head + end) + body
