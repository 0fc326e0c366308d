"""From the journal to memories: deterministic rules over what was said and done."""
