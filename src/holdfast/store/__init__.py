"""The store: one SQLite file. Only the daemon writes it; every table one reads is rebuilt from journal and log."""
