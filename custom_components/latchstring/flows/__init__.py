"""The config, options, subentry and fix flows: pairing, options, cameras, rules and repairs."""
