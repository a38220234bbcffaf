"""Sources of video: who reads a camera's address, the readers, and the probe."""
