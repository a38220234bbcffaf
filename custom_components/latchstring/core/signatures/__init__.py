"""Signatures: keys, JWTs, checkpoints and their cosignatures."""
