"""The formats: JSON, base64 and times, keys and tokens, notes and trees."""
