"""Scalers, reducers, samplers, and the pipeline they stand in; nothing is fitted here."""
