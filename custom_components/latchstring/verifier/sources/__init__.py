"""The sources of logs: an export as a folder or a zip, and the record's own file."""
