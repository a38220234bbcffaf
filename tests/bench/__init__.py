"""What is measured, on real parts: `python -m tests.bench NAME`."""
