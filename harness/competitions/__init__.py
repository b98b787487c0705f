"""The built-in competitions and how a folder becomes one of them."""
