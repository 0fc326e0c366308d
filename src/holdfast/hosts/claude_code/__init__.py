"""Claude Code: hooks and transcripts in, context out; tried with 2.1.197 and 2.1.328."""
