"""Images into pictures, and pictures into H.264."""
