"""What the owner is told on phones and on the page."""
