"""What the one who measures asks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How much to measure; `entries` is of use to the record alone, `shares` to the storm, `seconds` to the relay."""

    runs: int
    entries: int = 1_000_000
    shares: int = 2_000
    seconds: float = 8
