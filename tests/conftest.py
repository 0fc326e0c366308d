"""No test fails for want of speed: an example may take as long as a busy machine makes it; nor for how it was called."""

import signal

from hypothesis import settings

# A shell that puts its commands into the background lets them, and all they start, ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
