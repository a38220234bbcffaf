"""The fix flows of repairs: a hub's, the home's, and a pending request."""
