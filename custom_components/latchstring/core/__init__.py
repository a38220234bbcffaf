"""The pure core: values and rules, with no Home Assistant, no I/O, no clock and no randomness."""
