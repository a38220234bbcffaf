"""The checks: of one log, its epochs, the logs of one home against each other, and one entry alone."""
