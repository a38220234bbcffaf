"""The dialogs of repairs: a hub's, the home's, and a request that waits."""
