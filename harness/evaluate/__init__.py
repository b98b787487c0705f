"""Scores that can be believed: splits, cross-validation, metrics, calibration, intervals."""
