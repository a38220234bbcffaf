"""An access unit: the NAL units of one picture, as a source of video hands it on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One picture, with the camera's times in TIMESCALE units."""

    units: list[bytes]
    """Without start codes or lengths."""
    pts: int | None
    dts: int | None = None
    duration: int | None = None
    at: float
    """When it was whole, by the monotonic clock."""
    after: float
    """A moment of the loop's clock before which nothing of it had arrived: shares open by that clock."""
