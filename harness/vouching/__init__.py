"""What an entry says of itself, recomputed: a receipt is believed as far as it can be."""
