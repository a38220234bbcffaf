"""The record, told to people: lists, sentences, the logbook, and for how long it is kept."""
