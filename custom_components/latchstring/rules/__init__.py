"""The owner's rules, watched: schedules, alarms, what never lets a camera open, and what is open for a while."""
