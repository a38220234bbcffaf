"""What the one who measures asks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How much to measure; `entries` is of use to the record alone, `shares` to the storm, the rest to the relay."""

    runs: int
    entries: int = 1_000_000
    shares: int = 2_000
    seconds: float = 8
    webrtc: bool = False
    """Whether its peer for cameras with WebRTC is measured, and not all of it."""
