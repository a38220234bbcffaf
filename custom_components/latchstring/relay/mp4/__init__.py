"""Fragmented MP4 (CMAF): the packager and its boxes."""
