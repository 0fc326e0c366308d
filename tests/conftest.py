"""No test fails for want of speed: an example may take as long as a busy machine makes it; nor by how it is called."""

import signal

from hypothesis import settings

# A shell that puts its commands into the background lets them, and all they start, ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
