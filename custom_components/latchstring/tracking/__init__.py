"""What Home Assistant has, followed: entities, cameras, phones and users."""
