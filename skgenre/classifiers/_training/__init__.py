"""Training of networks: data, optimization, early stopping, history and devices."""
