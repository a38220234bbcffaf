"""Cameras that give images only."""
