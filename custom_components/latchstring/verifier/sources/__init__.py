"""What can be handed over, read as one: an export as a folder or a zip, and the record's own file."""
