"""FFmpeg on a thread of its own, for what is not RTSP and for cameras that our own client cannot read."""
