"""The machinery of all transformers: reading, batches, rows, the cache and its keys."""
