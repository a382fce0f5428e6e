"""Model files that are safe to read: rules for each type, and the reader that applies them."""
