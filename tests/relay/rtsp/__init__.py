"""RTSP as cameras write it: messages, logins, session descriptions and addresses."""
