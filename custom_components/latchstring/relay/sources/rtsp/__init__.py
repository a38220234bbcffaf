"""Our own RTSP client: it hands on each picture where it ends, and sees what a camera answers."""
