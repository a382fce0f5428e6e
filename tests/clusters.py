"""Dask clusters of this machine, for tests."""

from contextlib import contextmanager

import pytest


@contextmanager
def local_cluster(n_workers=2, threads_per_worker=1, processes=True, **options):
    """Start a cluster of processes that listens to this machine only, and yield it with a client.

    Its workers import the modules of skgenre but not of the tests: what a test sends to them is a
    function or class within a function.
    """
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=threads_per_worker,
            processes=processes,
            host="127.0.0.1" if processes else None,
            dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL",
            **options,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield cluster, client
