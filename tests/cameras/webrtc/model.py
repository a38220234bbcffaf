"""What kind of camera with WebRTC it is."""

from dataclasses import asdict, dataclass
import json
from typing import Self

from tests.cameras.odd.film import Film


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """How it shows its film, and what is odd about it."""

    width: int = 320
    height: int = 180
    pictures: int = 300
    keyframe_every: int = 300
    fps: int = 15
    loss: float = 0.0
    """Which part of its packets are lost on their way, those sent again included."""
    loss_in_keyframes: float = 0.0
    """The same of those of keyframes alone."""
    seed: int = 1
    bandwidth: int = 0
    """How many bits a second leave it at most; 0: as many as there are."""
    takes_picture_loss: bool = True
    """Whether it can be asked for a keyframe."""
    takes_missing: bool = True
    """Whether it can be asked for a packet again."""
    has_h264: bool = True
    has_sound: bool = False
    """Whether it sends sound as well."""
    is_passive: bool = False
    """Whether it waits for us to begin the handshake."""
    is_another: bool = False
    """Whether its certificate is not the one that its answer names."""
    srtp: str = ""
    """The one profile of SRTP that it knows, by OpenSSL's name; all that aiortc knows if none is given."""
    ends_after: float = 0.0
    """After how many seconds it ends a session by itself; 0: never."""
    films: str = ""
    """A file with H.264 in it, to be shown in place of the numbered film."""

    @property
    def film(self) -> Film:
        """What it shows."""
        return Film(
            width=self.width,
            height=self.height,
            pictures=self.pictures,
            keyframe_every=self.keyframe_every,
        )

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that was written."""
        return cls(**json.loads(text))
