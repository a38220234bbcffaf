"""The connection to a hub: name resolution, HTTP and WebSocket, pairing, messages in and out."""
