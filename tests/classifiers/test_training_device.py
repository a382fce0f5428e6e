"""Taking turns on a GPU: one fit at a time, over processes. No GPU is needed to test it."""

import subprocess
import sys
import threading
import warnings

from skgenre.classifiers._training.device import take_turns
from skgenre.exceptions import TrainingWarning

HOLD = """
import sys
from skgenre.classifiers._training.device import take_turns
with take_turns("LSTMClassifier", sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def wait_for_another_process(device):
    """Return what a fit is warned of while another process holds the device."""
    entered, warned = threading.Event(), threading.Event()
    messages = []

    def note(message, *args, **kwargs):
        messages.append(message)
        warned.set()

    def fit():
        with take_turns("CNNClassifier", device):
            entered.set()

    command = [sys.executable, "-c", HOLD, device]
    with (
        subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as holder,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("always")
        warnings.showwarning = note
        assert holder.stdout.readline() == "held\n"
        thread = threading.Thread(target=fit)
        thread.start()
        warned.wait(timeout=1.0)
        was_waiting = not entered.is_set()
        holder.stdin.write("\n")
        holder.stdin.flush()
        thread.join()
    assert was_waiting
    assert entered.is_set()
    return messages


def test_a_fit_waits_for_another_process_and_warns_once():
    messages = wait_for_another_process("mps:41")
    assert [type(message) for message in messages] == [TrainingWarning]
    assert "CNNClassifier waits for mps:41" in str(messages[0])
    assert wait_for_another_process("mps:41") == []


def test_devices_do_not_wait_for_each_other():
    with take_turns("CNNClassifier", "mps:42"):
        thread = threading.Thread(target=lambda: take_turns("b", "mps:43").__enter__())
        thread.start()
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_a_fit_within_a_fit_does_not_wait_for_itself():
    with take_turns("CNNClassifier", "mps:44"), take_turns("LSTMClassifier", "mps:44") as inner:
        assert inner is None


def test_the_cpu_is_not_held():
    def enter():
        with take_turns("CNNClassifier", "cpu"):
            entered.set()

    entered = threading.Event()
    with take_turns("LSTMClassifier", "cpu"):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
    assert entered.is_set()
