"""Where a camera's video comes from."""

from .address import CameraAddress
from .images.source import ImageSource
from .webrtc.source import WebRtcSource

type Source = CameraAddress | WebRtcSource | ImageSource
"""All have these two:

- `by_arrival`: whether pictures are timed by when they arrive, as the camera has no clock, or a useless one.
- `is_kept`: whether the connection is kept for some seconds after the last viewer. One that may keep a camera awake,
  or a maker's cloud busy, is not.
"""
