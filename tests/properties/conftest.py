"""Settings of the property-based tests: the same examples in every run, and no files.

``pytest tests/properties --hypothesis-profile=search`` looks for new examples instead.
"""

import tempfile

from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

# Without this, notes on the code under test are written to .hypothesis in the working directory.
_FOLDER = tempfile.TemporaryDirectory()
set_hypothesis_home_dir(_FOLDER.name)

QUIET = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("search", max_examples=1000, **QUIET)
settings.register_profile("skgenre", max_examples=40, derandomize=True, **QUIET)
if settings.get_current_profile_name() != "search":
    settings.load_profile("skgenre")
