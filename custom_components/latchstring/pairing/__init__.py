"""From an accepted agreement to the end of a pairing."""
