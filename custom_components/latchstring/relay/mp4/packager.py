"""The packager: packets of one connection to a camera in, CMAF fragments out."""

from dataclasses import dataclass

from ..codec import extradata, nal
from ..codec.nal import Codec, ParameterSets
from .fragment import Fragment, fragment
from .init_segment import VideoFormat, video_format
from .timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedFragment:
    """A fragment and its format."""

    video: VideoFormat
    fragment: Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """An access unit as the demuxer returned it, with the camera's times (in TIMESCALE units), and when it arrived."""

    data: bytes
    pts: int | None
    dts: int | None
    duration: int | None
    at: float


class Packager:
    """Packages access units from the first keyframe whose parameter sets are known.

    MalformedVideoError where the video can't be parsed.
    """

    def __init__(self, codec: Codec, described: bytes, timeline: Timeline) -> None:
        self._codec = codec
        self._timeline = timeline
        announced = extradata.read(codec, described)
        self._split = announced.split
        self._sets: ParameterSets = announced.sets
        self._video: VideoFormat | None = None
        self._described_sets: ParameterSets = ()
        timeline.reconnect()

    def add(self, packet: Packet) -> PackagedFragment | None:
        """Return a packet as a fragment; None before the first keyframe, or without a picture."""
        units = nal.permitted(self._codec, self._split(packet.data))
        self._sets = nal.renewed(
            self._codec, self._sets, nal.parameter_sets(self._codec, units)
        )
        keyframe = nal.is_keyframe(self._codec, units)
        if keyframe:
            self._update_format()
        if self._video is None or not nal.has_picture(self._codec, units):
            return None
        timing = self._timeline.place(
            pts=packet.pts, dts=packet.dts, duration=packet.duration, at=packet.at
        )
        return PackagedFragment(
            video=self._video,
            fragment=fragment(units, keyframe=keyframe, timing=timing),
        )

    def _update_format(self) -> None:
        """Update the format from the parameter sets; called at keyframes, from which a change counts."""
        if self._sets == self._described_sets or not self._has_all_sets():
            return
        self._video = video_format(self._codec, self._sets)
        self._described_sets = self._sets

    def _has_all_sets(self) -> bool:
        return {nal.kind(self._codec, unit) for unit in self._sets} == set(
            nal.SETS[self._codec]
        )
