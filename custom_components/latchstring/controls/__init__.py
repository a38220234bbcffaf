"""Who may open, and what opens and closes."""
