"""The systems of five published reports, as data: figures, settings, and what can stand in."""
