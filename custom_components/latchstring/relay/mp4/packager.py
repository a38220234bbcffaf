"""The packager: access units of one connection to a camera in, CMAF fragments out."""

from dataclasses import dataclass

from ..codec import nal
from ..codec.access_unit import AccessUnit
from ..codec.nal import Codec, ParameterSets
from ..errors import KEYFRAMES_RARE, NO_FULL_PICTURE, SLOW
from .fragment import Fragment, fragment
from .init_segment import VideoFormat, video_format
from .timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedFragment:
    """A fragment and its format, and a moment before which nothing of it had arrived, by the loop's clock."""

    video: VideoFormat
    fragment: Fragment
    after: float


class Packager:
    """Packages access units from the first keyframe whose parameter sets are known.

    MalformedVideoError where the video can't be parsed.
    """

    def __init__(
        self, codec: Codec, announced: ParameterSets, timeline: Timeline
    ) -> None:
        """`announced` are the parameter sets known beforehand."""
        self._codec = codec
        self._timeline = timeline
        self._sets = nal.parameter_sets(codec, announced)
        self._video: VideoFormat | None = None
        self._described_sets: ParameterSets = ()
        self.has_received = False
        """Whether a picture came, be it one to begin with or not."""
        self._has_recovery_point = False

    def add(self, received: AccessUnit) -> PackagedFragment | None:
        """Return an access unit as a fragment; None before the first keyframe, or without a picture."""
        units = nal.permitted(self._codec, received.units)
        if found := nal.parameter_sets(self._codec, units):
            self._sets = nal.renewed(self._codec, self._sets, found)
        self._note(received.units, units)
        keyframe = nal.is_keyframe(self._codec, units)
        if keyframe:
            self._update_format()
        if self._video is None or not nal.has_picture(self._codec, units):
            return None
        timing = self._timeline.place(
            pts=received.pts,
            dts=received.dts,
            duration=received.duration,
            at=received.at,
        )
        return PackagedFragment(
            video=self._video,
            fragment=fragment(units, keyframe=keyframe, timing=timing, at=received.at),
            after=received.after,
        )

    @property
    def missing(self) -> str:
        """Return what is missing for the first picture: the code."""
        if not self.has_received:
            return SLOW
        return NO_FULL_PICTURE if self._has_recovery_point else KEYFRAMES_RARE

    def _note(self, received: list[bytes], permitted: list[bytes]) -> None:
        """Keep what comes before the first keyframe: pictures, and whether they are said to recover without one."""
        if self._video is None:
            self.has_received |= nal.has_picture(self._codec, permitted)
            self._has_recovery_point |= nal.has_recovery_point(self._codec, received)

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
