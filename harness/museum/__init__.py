"""The museum: leaks that people published, wrong on purpose, beside their honest twins."""
