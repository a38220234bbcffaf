"""RTSP (RFC 2326, RFC 7826): messages, logins, session descriptions and addresses; bytes in, values out, no I/O."""
