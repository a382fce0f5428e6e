"""Pre-trained networks: readers of their weights, and what their transformers share."""
