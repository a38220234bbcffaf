"""What goes out: fragmented MP4 (CMAF)."""
