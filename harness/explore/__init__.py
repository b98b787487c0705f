"""Pictures of the training rows, and one page that shows them. Nothing here is kept for fitting."""
