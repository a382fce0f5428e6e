"""The queue of clips, and the processes that analyse them."""

import asyncio
import os
import sys
import time

import pytest

from skgenre.demo import Limits
from skgenre.demo._refusal import Refusal
from skgenre.demo._work_queue import WorkQueue
from skgenre.demo._worker_process import WorkFailedError


def run_queue(use, task, folder, **limits):
    """Start a queue of workers that run `task`, use it, and stop it."""

    async def run():
        queue = WorkQueue(task, Limits(**{"n_workers": 1, **limits}), folder)
        try:
            await queue.start()
            await use(queue)
        finally:
            await queue.stop(0)

    asyncio.run(run())


def obey(order):
    """Do in a worker what a test wants: this function is sent there as bytes."""
    import signal
    import sys
    import time

    if isinstance(order, float):
        time.sleep(order)
    elif order == "fail":
        raise ZeroDivisionError("in the worker")
    elif order == "compute":
        while True:
            pass
    elif order == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif order == "hoard":
        return len(bytearray(20 << 30))
    elif order == "print":
        os.write(1, b"x" * 10_000_000)
        os.write(2, b"x" * 10_000_000)
        sys.stdout.write("y" * 1_000_000)
    return order


def test_a_queue_answers_refuses_and_fails_as_it_should(tmp_path):
    async def use(queue):
        assert await queue.run("clip", "hello") == "hello"
        # What a decoder prints is no answer, and fills nothing.
        assert await queue.run("clip", "print") == "print"
        # The log is told which error it was, and the next clip is read.
        with pytest.raises(WorkFailedError, match="ZeroDivisionError: in the worker"):
            await queue.run("clip", "fail")

        running = asyncio.create_task(queue.run("clip", 0.3))
        waiting = asyncio.create_task(queue.run("clip", 0.0))
        await asyncio.sleep(0)
        with pytest.raises(Refusal, match="Too many clips are waiting"):
            await queue.run("clip", 0.0)
        assert await asyncio.gather(running, waiting) == [0.3, 0.0]

    run_queue(use, obey, tmp_path, max_waiting=1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of a process are POSIX")
def test_no_work_holds_a_worker(tmp_path):
    async def use(queue):
        with pytest.raises(Refusal, match=r"slow\.mp3: it takes more than the 0\.5 s of computing"):
            await queue.run("slow.mp3", "compute")
        with pytest.raises(Refusal, match=r"bad\.mp3: .* ended the process"):
            await queue.run("bad.mp3", "crash")
        with pytest.raises(Refusal, match="takes more memory"):
            await queue.run("large.mp3", "hoard")
        assert await queue.run("clip", "hello") == "hello"

    run_queue(use, obey, tmp_path, max_cpu_seconds=0.5)


def test_work_that_waits_for_ever_holds_no_worker(tmp_path):
    async def use(queue):
        with pytest.raises(Refusal, match="took longer than 3 s"):
            await queue.run("asleep.mp3", 1000.0)

    run_queue(use, obey, tmp_path, max_seconds=3)


def test_a_queue_that_stops_answers_who_runs_and_who_waits(tmp_path):
    async def use(queue):
        short, long, waiting = (
            asyncio.create_task(queue.run("clip", order)) for order in (0.5, 1000.0, 0.0)
        )
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await queue.stop(3)
        assert time.monotonic() - started < 30
        answers = await asyncio.gather(short, long, waiting, return_exceptions=True)
        assert answers[0] == 0.5
        assert all("The server is stopping" in str(answer) for answer in answers[1:])
        assert [answer.status for answer in answers[1:]] == [503, 503]
        with pytest.raises(Refusal, match="is stopping"):
            await queue.run("clip", 0.0)

    run_queue(use, obey, tmp_path, n_workers=2)


def test_a_model_that_can_not_be_pickled_is_said(tmp_path):
    import threading

    with pytest.raises(ValueError, match="serve needs a model that can be pickled"):
        WorkQueue(threading.Lock(), Limits(), tmp_path)


def test_a_task_that_can_not_be_loaded_is_said_at_the_start(tmp_path):
    class Broken:
        def __reduce__(self):
            return divmod, (1, 0)

    async def use(queue):
        raise AssertionError("it started")

    with pytest.raises(ValueError, match=r"can't load the model .* ZeroDivisionError"):
        run_queue(use, Broken(), tmp_path)
