"""The relay: from a camera to whoever the gate feeds.

It never asks whether it may: it is fed or it is cut.
"""

from .camera import READ_TIMEOUT
from .errors import OFFLINE, SourceRefused, SourceUnusable, UploadFailed
from .fragment import Fragment
from .ingest import NOTHING_SENT, IngestTarget, Progress
from .movie import TIMESCALE, VideoFormat
from .probe import probe
from .source import CameraSource, ConsentedSource, Outlet
from .upload import Upload

__all__ = [
    "NOTHING_SENT",
    "OFFLINE",
    "READ_TIMEOUT",
    "TIMESCALE",
    "CameraSource",
    "ConsentedSource",
    "Fragment",
    "IngestTarget",
    "Outlet",
    "Progress",
    "SourceRefused",
    "SourceUnusable",
    "Upload",
    "UploadFailed",
    "VideoFormat",
    "probe",
]
