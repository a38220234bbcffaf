"""Notifications: messages to phones, the answer buttons on them, and persistent notifications."""
