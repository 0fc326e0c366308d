"""No test fails for want of speed: an example may take as long as a busy machine makes it."""

from hypothesis import settings

settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
