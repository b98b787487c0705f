"""harness: from feature matrices to a submission whose score can be believed."""

__version__ = "0.1.0"
