"""One module a benchmark; its name is the benchmark's, and `measure` does it."""
