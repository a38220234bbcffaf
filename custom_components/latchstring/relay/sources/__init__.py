"""Where video comes from."""
