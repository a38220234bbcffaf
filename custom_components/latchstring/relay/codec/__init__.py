"""What is in a video stream: H.264 and H.265."""
