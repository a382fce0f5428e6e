"""Work on a cluster of this machine's cores: ``python -m benchmarks scale``."""

from ... import RESULTS
from .._table import Table

JOBS = ("workers", "killed", "training", "object_store", "rows")
run = Table(__name__, JOBS, RESULTS / "scale.json").run
