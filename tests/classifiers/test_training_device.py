"""Taking turns on GPUs: one fit at a time on each, over processes. No GPU is needed to test it."""

import os
import subprocess
import sys
import threading
import time
import warnings
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from joblib import Parallel, delayed
from sklearn.base import clone

from skgenre.classifiers import LSTMClassifier
from skgenre.classifiers._training.device import list_devices, take_turns
from skgenre.classifiers._training.skorch_net import move_net
from skgenre.exceptions import TrainingWarning

HOLD = """
import sys
from skgenre.classifiers._training.device import take_turns
with take_turns("LSTMClassifier", sys.argv[1:]):
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
        with take_turns("CNNClassifier", [device]):
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
    with take_turns("CNNClassifier", ["mps:42"]):
        thread = threading.Thread(target=lambda: take_turns("b", ["mps:43"]).__enter__())
        thread.start()
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_a_fit_within_a_fit_does_not_wait_for_itself():
    outer, inner = (take_turns(name, ["mps:44"]) for name in ("CNNClassifier", "LSTMClassifier"))
    with outer, inner as device:
        assert device == "mps:44"


def test_the_cpu_is_not_held():
    def enter():
        with take_turns("CNNClassifier", ["cpu"]):
            entered.set()

    entered = threading.Event()
    with take_turns("LSTMClassifier", ["cpu"]):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
    assert entered.is_set()


# Pretends to have the GPUs that a line names, holds one until the next line, and begins again.
OTHER = """
import sys
from types import SimpleNamespace
import torch
from skgenre.classifiers._training.device import list_devices, take_turns
torch.cuda.is_available = lambda: True
torch.cuda.current_device = lambda: 0
for line in sys.stdin:
    device, *names = line.split()
    gpus = [SimpleNamespace(uuid=name) for name in names]
    torch.cuda.device_count = lambda: len(gpus)
    torch.cuda.get_device_properties = gpus.__getitem__
    with take_turns("LSTMClassifier", list_devices("LSTMClassifier", device)) as taken:
        print(taken, flush=True)
        sys.stdin.readline()
    print("released", flush=True)
"""


@pytest.fixture(scope="module")
def others():
    """Two other processes that can hold GPUs."""
    command = [sys.executable, "-c", OTHER]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(command, stdin=-1, stdout=-1, text=True))
            for _ in range(2)
        ]
        yield processes
        for process in processes:
            process.stdin.close()


@contextmanager
def holding(process, device, names):
    """Hold a device in another process, and yield which it took."""
    process.stdin.write(f"{device} {' '.join(names)}\n")
    process.stdin.flush()
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "released\n"


@pytest.fixture
def gpus(monkeypatch):
    """Let torch see some GPUs, which no other test has."""

    def pretend(n_gpus):
        names = [f"{os.getpid()}-{time.monotonic_ns()}-{number}" for number in range(n_gpus)]
        found = [SimpleNamespace(uuid=name) for name in names]
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: n_gpus)
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
        monkeypatch.setattr(torch.cuda, "get_device_properties", found.__getitem__)
        return names

    return pretend


def take(device, preferred=None):
    devices = list_devices("CNNClassifier", device)
    return take_turns("CNNClassifier", devices, preferred)


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_each_process_takes_a_gpu_that_is_free(device, gpus, others):
    names = gpus(3)
    with (
        holding(others[0], device, names) as one,
        holding(others[1], device, names) as two,
        take(device) as mine,
    ):
        assert [one, two, mine] == ["cuda:0", "cuda:1", "cuda:2"]


def test_a_fit_waits_for_the_gpu_that_is_free_first(gpus, others):
    names = gpus(2)
    warned, ended, taken, messages = threading.Event(), threading.Event(), [], []

    def fit():
        with take("cuda") as device:
            taken.append(device)
        ended.set()

    def note(message, *args, **kwargs):
        messages.append(str(message))
        warned.set()

    with (
        holding(others[0], "cuda", names),
        ExitStack() as second,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("always")
        warnings.showwarning = note
        assert second.enter_context(holding(others[1], "cuda", names)) == "cuda:1"
        threading.Thread(target=fit, daemon=True).start()
        assert warned.wait(30)
        assert not ended.wait(0.3)
        second.close()
        assert ended.wait(30)
    assert taken == ["cuda:1"]
    (message,) = messages
    assert message == (
        "CNNClassifier waits for a GPU: other fits are using all 2, cuda:0, cuda:1. They take "
        "turns, so n_jobs=2 is as fast here."
    )


def test_a_gpu_by_number_is_waited_for_though_another_is_free(gpus, others):
    names = gpus(2)
    messages = []

    def fit():
        with pytest.warns(TrainingWarning) as record, take("cuda:1"):
            pass
        messages.extend(str(each.message) for each in record)

    with holding(others[0], "cuda:1", names) as taken:
        assert taken == "cuda:1"
        with take("cuda") as device:
            assert device == "cuda:0"
        thread = threading.Thread(target=fit)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(30)
    assert messages[0].startswith("CNNClassifier waits for cuda:1: another fit is using it.")


def test_processes_that_see_other_gpus_know_them_apart(gpus, others):
    names = gpus(2)
    # As CUDA_VISIBLE_DEVICES=1 hides the first one.
    with holding(others[0], "cuda", names[1:]) as taken:
        assert taken == "cuda"
        with take("cuda", preferred="cuda:1") as device:
            assert device == "cuda:0"
    with take("cuda", preferred="cuda:1") as device:
        assert device == "cuda:1"


def test_a_fit_within_a_fit_stays_on_its_gpu(gpus):
    gpus(2)
    with take("cuda", preferred="cuda:1") as outer, take("cuda") as inner:
        assert (outer, inner) == ("cuda:1", "cuda:1")


@pytest.mark.parametrize("device", ["cuda:2", "cuda:", "cuda:x", "cuda:-1"])
def test_a_number_that_is_not_there_is_refused(device, gpus):
    gpus(2)
    listed = r"'auto', 'cpu', 'cuda', 'cuda:0', 'cuda:1'. Got '" + device
    with pytest.raises(ValueError, match=listed):
        take(device)


@pytest.fixture(scope="module")
def maps():
    rng = np.random.default_rng(0)
    return rng.normal(size=(24, 8, 6)), np.arange(24) % 2


NETWORK = LSTMClassifier(hidden_size=4, max_epochs=2, random_state=0)


def test_the_device_of_the_fit_is_told(maps):
    network = clone(NETWORK)
    assert not hasattr(network, "device_")
    assert network.set_params(device="cpu").fit(*maps).device_ == "cpu"


def test_a_moved_net_takes_what_its_optimizer_has_learnt(maps):
    net = clone(NETWORK).set_params(device="cpu").fit(*maps).net_
    # As on a GPU: the weights of a module that moves remain the optimizer's.
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        move_net(net, "meta")
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)
    state = net.optimizer_.state.values()
    assert {each["exp_avg"].device.type for each in state} == {"meta"}
    assert {each.device.type for each in net.module_.parameters()} == {"meta"}
    assert net.get_iterator(net.get_dataset(maps[0]), training=False).device.type == "meta"


def fit_and_tell(maps):
    return clone(NETWORK).set_params(device="cuda").fit(*maps).device_


@pytest.mark.cuda
def test_a_search_keeps_all_gpus_busy(maps):
    n_gpus = torch.cuda.device_count()
    if n_gpus == 0:
        pytest.skip("needs CUDA")
    taken = Parallel(n_jobs=n_gpus)(delayed(fit_and_tell)(maps) for _ in range(4 * n_gpus))
    gpus = {"cuda"} if n_gpus == 1 else {f"cuda:{number}" for number in range(n_gpus)}
    assert set(taken) == gpus


@pytest.mark.cuda
def test_training_goes_on_on_another_gpu(maps):
    if torch.cuda.device_count() < 2:
        pytest.skip("needs two GPUs")
    network = clone(NETWORK).set_params(device="cuda:0", warm_start=True).fit(*maps)
    network.set_params(device="cuda:1").fit(*maps)
    assert network.device_ == "cuda:1"
    np.testing.assert_allclose(
        network.predict_proba(maps[0]),
        network.set_params(device="cpu").predict_proba(maps[0]),
        atol=1e-4,
    )
