"""The record as people read it: pages, sentences, the logbook; who may read it, and for how long it is kept."""
