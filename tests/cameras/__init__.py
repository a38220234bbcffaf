"""The demo's cameras: real encoded video over RTSP, with only what pip brings."""

from .rtsp import Cameras, PortTaken, serve

__all__ = ["Cameras", "PortTaken", "serve"]
