"""What is signed, and by whom: keys, tokens, checkpoints and their cosignatures."""
