"""How FFmpeg reads an address, by its scheme.

It is let no further than that needs: it knows no other format and no other protocol, so that nothing leads it to a
file. HTTP is fetched for it (`http_client.py`). The first picture must not wait for the analysis of others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ..address import CameraAddress
from .limits import READ_TIMEOUT, SEGMENT_TIMEOUT

_UNVERIFIED: Final = "0"
_VERIFIED: Final = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """Options of FFmpeg's, and seconds without video after which a connection is given up."""

    options: Mapping[str, str]
    read_timeout: float = READ_TIMEOUT
    is_fetched: bool = False
    """Whether FFmpeg opens no connection of its own."""


_RTSP: Final = InputSettings(
    options=MappingProxyType(
        {
            "format_whitelist": "rtsp,mpegts",
            "protocol_whitelist": "tcp",
            "rtsp_transport": "tcp",
            "allowed_media_types": "video",
            "probesize": "32",
            "analyzeduration": "0",
        }
    )
)
_RTMP: Final = InputSettings(
    options=MappingProxyType(
        {
            "format_whitelist": "flv,live_flv",
            "protocol_whitelist": "rtmp,rtmps,tcp,tls",
            "analyzeduration": "300000",
        }
    )
)
_HTTP: Final = InputSettings(
    options=MappingProxyType(
        {
            "format_whitelist": "hls,mpegts,flv,live_flv,mov,mp4,aac",
            "protocol_whitelist": "http,https",
            "analyzeduration": "300000",
            "live_start_index": "-1",
            # what a playlist names is fetched for it, and what that is shows when it comes
            "allowed_extensions": "ALL",
            "allowed_segment_extensions": "ALL",
            "extension_picky": "0",
            # these would need FFmpeg's own connections
            "http_persistent": "0",
            "http_multiple": "0",
        }
    ),
    read_timeout=SEGMENT_TIMEOUT,
    is_fetched=True,
)
_BY_SCHEME: Final[Mapping[str, InputSettings]] = {
    "rtsp": _RTSP,
    "rtmp": _RTMP,
    "rtmps": _RTMP,
    "http": _HTTP,
    "https": _HTTP,
}


def settings_of(address: CameraAddress) -> InputSettings:
    """Return how an address is read; of RTSP it is the forwarder's."""
    return _BY_SCHEME[address.scheme]


def options_of(address: CameraAddress, settings: InputSettings) -> dict[str, str]:
    """Return the options of these settings for an address."""
    return {
        **settings.options,
        "tls_verify": _VERIFIED if address.verifies_certificate else _UNVERIFIED,
    }
