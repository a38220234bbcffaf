"""A config entry, read into values."""
