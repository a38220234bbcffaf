"""Everything that checks the project, and the counterparts it is checked with."""
