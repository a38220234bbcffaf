"""Pictures into H.264: for cameras that give images only."""
