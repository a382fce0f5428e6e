"""Synthetic music: styles of genres, a composer, and the synthesis of sound."""
