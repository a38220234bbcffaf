"""What all hubs of this home share."""
