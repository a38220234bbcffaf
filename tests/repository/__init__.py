"""What hassfest and HACS will check, and this repository's own rules."""
