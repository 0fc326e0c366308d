"""`make demo`: recorded work of the real Claude Code, played through the real launcher and daemon."""
