"""Cameras that offer nothing but WebRTC: aiortc's, and Chromium's."""

from .camera import Answer, AnswersOffers, WebRtcCamera, webrtc_camera
from .chromium import ChromiumCamera, chromium_camera
from .model import Model

__all__ = [
    "Answer",
    "AnswersOffers",
    "ChromiumCamera",
    "Model",
    "WebRtcCamera",
    "chromium_camera",
    "webrtc_camera",
]
