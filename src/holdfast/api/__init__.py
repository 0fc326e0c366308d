"""The HTTP surface: loopback only, and only when asked for. Nothing heavy is imported before that."""
