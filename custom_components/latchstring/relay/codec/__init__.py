"""H.264 and H.265: NAL units and parameter sets."""
