"""Video from a camera to hubs: RTSP or what FFmpeg reads in, fragmented MP4 out.

It decides nothing: the gate attaches an upload to a stream, and cuts it.
"""

from .errors import OFFLINE, SourceRefused, SourceUnusable, UploadFailed
from .mp4.fragment import Fragment
from .mp4.init_segment import TIMESCALE, VideoFormat
from .outlets import Outlet
from .sources.address import CameraAddress
from .sources.images.source import ImageSource
from .sources.probe import probe
from .sources.source import Source
from .sources.webrtc.source import WebRtcSource
from .stillness import Still
from .stream import CameraStream, ConsentedStream
from .upload.target import NOTHING_SENT, IngestTarget, Progress
from .upload.upload import Upload
from .warm_connection import WarmConnection

__all__ = [
    "NOTHING_SENT",
    "OFFLINE",
    "TIMESCALE",
    "CameraAddress",
    "CameraStream",
    "ConsentedStream",
    "Fragment",
    "ImageSource",
    "IngestTarget",
    "Outlet",
    "Progress",
    "Source",
    "SourceRefused",
    "SourceUnusable",
    "Still",
    "Upload",
    "UploadFailed",
    "VideoFormat",
    "WarmConnection",
    "WebRtcSource",
    "probe",
]
