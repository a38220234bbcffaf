"""Sources of video: the demuxer, its thread, and the probe."""
