"""How values are written: JSON, base64 and times, keys and tokens, notes and trees."""
