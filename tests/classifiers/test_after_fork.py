"""Servers that load a model, and fork their workers then."""

import os
import subprocess
import sys

import pytest

# Hangs without end where the network computes in two threads in the child.
CODE = """
import os, sys, warnings
import numpy as np
from skgenre.classifiers import CNNClassifier
X = np.random.default_rng(0).normal(size=(24, 32, 100)).astype(np.float32)
y = np.repeat(["blues", "jazz"], 12)
network = CNNClassifier(channels=(8,), max_epochs=1, random_state=0, device="cpu").fit(X, y)
before = network.predict_proba(X)
child = os.fork()
if child == 0:
    status = 1
    try:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            after = network.predict_proba(X)
            network.fit(X, y)
            network.predict(X)
        said = [str(warning.message) for warning in found if "forked" in str(warning.message)]
        status = 0 if np.allclose(before, after, atol=1e-5) and len(said) == 1 else 2
    finally:
        os._exit(status)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_network_that_predicted_before_a_fork_goes_on_in_the_child():
    threads = {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
