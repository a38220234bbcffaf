"""The steps in which an owner says when a camera opens, and when it never does."""
