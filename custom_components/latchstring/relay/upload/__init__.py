"""How video gets to a hub."""
