"""The steps that ask for a camera's rules: when it may open, when it never does, and its viewers' limits."""
