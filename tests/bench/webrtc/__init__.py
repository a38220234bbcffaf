"""The relay's WebRTC peer beside aiortc's own receiver."""
