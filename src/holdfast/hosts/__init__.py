"""The agent programs that holdfast serves, one package each."""
