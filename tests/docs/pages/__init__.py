"""Generated pages of the reference, one module each: `page()` is its text."""
