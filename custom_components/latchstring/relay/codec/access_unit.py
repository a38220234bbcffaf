"""An access unit: the NAL units of one picture, as a source of video hands it on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One picture, with the camera's times in TIMESCALE units, and ours in seconds of the loop's clock."""

    units: list[bytes]
    """Without start codes or lengths."""
    pts: int | None
    dts: int | None = None
    duration: int | None = None
    at: float
    """When it was whole."""
    after: float
    """A moment before which nothing of it had arrived."""
