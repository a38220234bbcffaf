"""The shell of the hub protocol: what resolves, connects, waits, sends and receives."""
