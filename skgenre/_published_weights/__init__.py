"""Weights of published networks: where they are, and how their files are read."""
