"""Who may open, and what people open and close with."""
