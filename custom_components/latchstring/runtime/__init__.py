"""One hub, running: from the loading of its config entry to the unloading."""
