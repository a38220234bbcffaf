"""The packets of one connection to a camera, made into fragments."""

from dataclasses import dataclass

from ..codec import extradata, nal
from ..codec.nal import Codec, ParameterSets
from .fragment import Fragment, fragment
from .init_segment import VideoFormat, video_format
from .timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A fragment and the format it is in."""

    video: VideoFormat
    fragment: Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """An access unit as a camera sent it, the times it gave, and when it came."""

    data: bytes
    shown: int | None
    decoded: int | None
    lasts: int | None
    at: float


class Packager:
    """Begins at the first keyframe whose parameter sets are known.

    MalformedVideoError where the video is none.
    """

    def __init__(self, codec: Codec, described: bytes, timeline: Timeline) -> None:
        self._codec = codec
        self._timeline = timeline
        beforehand = extradata.read(codec, described)
        self._split = beforehand.split
        self._sets: ParameterSets = beforehand.sets
        self._video: VideoFormat | None = None
        self._described: ParameterSets = ()
        timeline.reconnect()

    def add(self, packet: Packet) -> Piece | None:
        """Make a packet into a piece, or into nothing where nothing can be shown."""
        units = nal.permitted(self._codec, self._split(packet.data))
        self._sets = nal.renewed(
            self._codec, self._sets, nal.parameter_sets(self._codec, units)
        )
        keyframe = nal.is_keyframe(self._codec, units)
        if keyframe:
            self._describe()
        if self._video is None or not nal.has_picture(self._codec, units):
            return None
        timing = self._timeline.place(
            shown=packet.shown, decoded=packet.decoded, lasts=packet.lasts, at=packet.at
        )
        return Piece(
            video=self._video,
            fragment=fragment(units, keyframe=keyframe, timing=timing),
        )

    def _describe(self) -> None:
        """Take over what the parameter sets say; a change counts from a keyframe on."""
        if self._sets == self._described or not self._is_described():
            return
        self._video = video_format(self._codec, self._sets)
        self._described = self._sets

    def _is_described(self) -> bool:
        return {nal.kind(self._codec, unit) for unit in self._sets} == set(
            nal.SETS[self._codec]
        )
