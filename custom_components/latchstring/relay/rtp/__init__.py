"""RTP: packets of a camera in, access units and reports out. Pure: no I/O, and time is an argument."""
