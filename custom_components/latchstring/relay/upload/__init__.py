"""Uploads to a hub: HTTP over TLS over TCP, each of which can be cut."""
