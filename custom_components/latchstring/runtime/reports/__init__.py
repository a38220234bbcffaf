"""What a hub is told by the way: what an alarm has opened, and since when an image has been the same."""
