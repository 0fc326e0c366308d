"""Bringing back what matters: the block of notes that a session receives, and what became of it."""
