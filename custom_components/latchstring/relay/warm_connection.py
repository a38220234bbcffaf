"""A connection to a camera that is held while nobody watches."""

from .mp4.fragment import Fragment
from .mp4.init_segment import VideoFormat
from .stream import ConsentedStream


class WarmConnection:
    """An outlet from which nothing goes anywhere: its camera stays connected from the start until `close`."""

    def __init__(self, consented: ConsentedStream) -> None:
        self._stream = consented.stream
        self._stream.attach(self, consented.is_consented)

    def close(self) -> None:
        """Let go of the camera. May be called again."""
        self._stream.detach(self)

    def begin(self, video: VideoFormat) -> None:
        """Take the format, and do nothing."""

    def feed(self, fragment: Fragment) -> None:
        """Take the picture, and do nothing."""
