"""Fail unless each library took the switches that `.ci/machine` set.

A library that no longer knows a switch would make `make test-machines` run the same machine twice.
"""

import os
import subprocess
import sys

USE_EVERY_LIBRARY = """
import numpy, scipy.linalg, torch
torch.zeros(8, 8).to_mkldnn().relu()
torch.zeros(64, 64) @ torch.zeros(64, 64)
"""


def find_switches_without_effect() -> list[str]:
    """Return a line for each switch that a library didn't take."""
    import numpy as np
    import scipy.linalg  # noqa: F401  loads the OpenBLAS of its own
    import threadpoolctl
    import torch
    from numba.core.registry import cpu_target
    from numpy._core import _multiarray_umath

    faults = []
    wanted = os.environ
    threads = int(wanted["OMP_NUM_THREADS"])
    # What OpenBLAS calls its kernels for processors before SSE4.
    cores = {"Prescott": {"Prescott", "Katmai"}, "Haswell": {"Haswell"}}[
        wanted["OPENBLAS_CORETYPE"]
    ]
    libraries = [
        pool for pool in threadpoolctl.threadpool_info() if pool["internal_api"] == "openblas"
    ]
    if len(libraries) < 2:
        faults.append(f"OpenBLAS: expected one of numpy and one of scipy, found {len(libraries)}")
    faults += [
        f"OPENBLAS_CORETYPE: {library['filepath']} is {library['architecture']}"
        for library in libraries
        if library["architecture"] not in cores
    ]
    faults += [
        f"threads: {pool['prefix']} has {pool['num_threads']}, not {threads}"
        for pool in threadpoolctl.threadpool_info()
        if pool["num_threads"] > threads
    ]
    if torch.get_num_threads() > threads:
        faults.append(f"threads: torch has {torch.get_num_threads()}, not {threads}")
    for name in wanted["NPY_DISABLE_CPU_FEATURES"].split():
        if name not in _multiarray_umath.__cpu_dispatch__:
            faults.append(f"NPY_DISABLE_CPU_FEATURES: numpy {np.__version__} has no {name}")
        elif _multiarray_umath.__cpu_features__.get(name):
            faults.append(f"NPY_DISABLE_CPU_FEATURES: {name} is still on")
    if torch.backends.cpu.get_cpu_capability().lower() != wanted["ATEN_CPU_CAPABILITY"]:
        faults.append(f"ATEN_CPU_CAPABILITY: {torch.backends.cpu.get_cpu_capability()}")
    processor = cpu_target.target_context.codegen().magic_tuple()[1]
    if processor != wanted.get("NUMBA_CPU_NAME", processor):
        faults.append(f"NUMBA_CPU_NAME: {processor}")
    if not sys.flags.hash_randomization:
        faults.append("PYTHONHASHSEED: hashes of text are fixed")
    return [*faults, *_ask_what_libraries_print(wanted)]


def _ask_what_libraries_print(wanted: "os._Environ[str]") -> list[str]:
    import torch

    done = subprocess.run(
        [sys.executable, "-c", USE_EVERY_LIBRARY],
        env={**wanted, "MKL_VERBOSE": "1", "ONEDNN_VERBOSE": "all"},
        capture_output=True,
        text=True,
        check=True,
    )
    printed = done.stdout + done.stderr
    faults = []
    if torch.backends.mkl.is_available() and f"CNR:{wanted['MKL_CBWR']}" not in printed:
        faults.append("MKL_CBWR: MKL names another branch, or none")
    if torch.backends.mkldnn.is_available():
        isa = {"SSE41": "SSE4.1", "AVX2": "AVX2"}[wanted["ONEDNN_MAX_CPU_ISA"]]
        lines = [line for line in printed.splitlines() if "cpu,isa:" in line]
        if not lines or not lines[0].rstrip().endswith(isa):
            faults.append(f"ONEDNN_MAX_CPU_ISA: {lines[:1] or 'nothing printed'}")
    return faults


if __name__ == "__main__":
    if not sys.platform.startswith("linux") or os.uname().machine != "x86_64":
        sys.exit("The machines are those of x86-64 under Linux.")
    faults = find_switches_without_effect()
    sys.exit("\n".join(faults) or 0)
