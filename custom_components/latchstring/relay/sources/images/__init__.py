"""Cameras that give images only: they are asked for one after the other, and encoded."""
