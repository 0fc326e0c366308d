"""Measurements: each a ratio to a floor that is taken in turn in the same run. `python -m benchmarks NAME`."""
