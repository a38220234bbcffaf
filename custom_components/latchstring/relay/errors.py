"""The errors of the relay, by stable codes that never contain a camera's address."""

from typing import Final

UNREACHABLE: Final = "unreachable"
SLOW: Final = "slow"
BUSY: Final = "busy"
ADDRESS_WRONG: Final = "address_wrong"
REFUSED: Final = "refused"
UNREADABLE: Final = "unreadable"
UNAUTHORIZED: Final = "unauthorized"
CERTIFICATE_INVALID: Final = "certificate_invalid"
NO_VIDEO: Final = "no_video"
CODEC_UNSUPPORTED: Final = "codec_unsupported"
SCHEME_UNSUPPORTED: Final = "scheme_unsupported"
LOGIN_UNSUPPORTED: Final = "login_unsupported"
TRANSPORT_REFUSED: Final = "transport_refused"
REDIRECTED: Final = "redirected"
SESSION_REFUSED: Final = "session_refused"
NO_PATH: Final = "no_path"
NO_IMAGE: Final = "no_image"
IMAGE_UNSUPPORTED: Final = "image_unsupported"
"""Why a source is unusable. CERTIFICATE_INVALID is also why an upload did not come about."""

NO_FULL_PICTURE: Final = "no_full_picture"
KEYFRAMES_RARE: Final = "keyframes_rare"
"""Why a camera that sends has no picture: a player cannot begin before the next keyframe."""

OFFLINE: Final = "offline"
"""Why a camera without a stream source has no picture."""

TARGET_INVALID: Final = "target_invalid"
CUT: Final = "cut"
"""Why an upload did not come about, besides UNREACHABLE."""

ANSWERED: Final = "answered"
CLOSED: Final = "closed"
STALLED: Final = "stalled"
"""Why an upload was lost: the hub sent something, ended it, or took nothing."""


class SourceRefused(Exception):
    """The stream must not be opened now."""


class SourceUnusable(Exception):
    """The stream cannot be relayed, for the reason `code` names."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UploadFailed(Exception):
    """The upload did not come about, for the reason `code` names."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MalformedVideoError(ValueError):
    """Bytes that are not what their codec says they are."""
