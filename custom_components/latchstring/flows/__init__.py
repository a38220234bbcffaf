"""The dialogs: pairing, options, cameras, rules and repairs."""
