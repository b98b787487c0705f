"""The confusion-matrix report: figures, Markdown, terminal."""
