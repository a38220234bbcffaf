"""Our own receive-only WebRTC peer."""
