"""Accuracy of the reference systems, and how often the tests of a comparison are wrong."""
