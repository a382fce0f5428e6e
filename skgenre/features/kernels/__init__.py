"""Signal processing on one waveform: pure functions, with no estimator in sight.

Frames are worked on in blocks, so that what is in memory at a time is a few megabytes whatever the
clip's length. Each function takes the dtype to work in: float32 in use, float64 as a reference.
"""
