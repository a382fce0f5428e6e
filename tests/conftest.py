"""Settings that hold for the whole test run."""

import os

# scikit-learn runs its array API checks only with this set, before scipy is imported.
os.environ["SCIPY_ARRAY_API"] = "1"
# No display is needed to draw.
os.environ.setdefault("MPLBACKEND", "Agg")
