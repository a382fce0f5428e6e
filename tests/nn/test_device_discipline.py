"""Whatever runs on a device stays there: checked without one, on PyTorch's "meta" device.

A dispatch mode records the device of every tensor that an operation makes. Tensors of the meta
device have no values, so this runs anywhere; a tensor that is made on the CPU meanwhile would be a
copy between devices, or an error, on a GPU.
"""

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from skgenre import nn
from skgenre.classifiers._training.optimization import WeightAverage
from skgenre.classifiers._training.weights import predict_logits

META = torch.device("meta")
N_CLIPS, SHAPE, N_OUTPUTS = 4, (24, 50), 5
FAMILIES = {
    "cnn": lambda: nn.CNN(*SHAPE, N_OUTPUTS, dims=2, channels=(4, 4), dense=(8,), conv_dropout=0.1),
    "cnn of one axis": lambda: nn.CNN(*SHAPE, N_OUTPUTS, dims=1, channels=(4,), head="attention"),
    "cnn of images": lambda: nn.CNN(
        *SHAPE,
        N_OUTPUTS,
        dims=2,
        channels=(4,),
        image_size=(32, 32),
        in_channels=3,
        colormap="jet",
    ),
    "crnn": lambda: nn.CRNN(*SHAPE, N_OUTPUTS, channels=(4,), hidden_size=3),
    "recurrent": lambda: nn.RecurrentNetwork(*SHAPE, N_OUTPUTS, hidden_size=(4, 3)),
    "recurrent with dropout": lambda: nn.RecurrentNetwork(
        *SHAPE, N_OUTPUTS, hidden_size=3, cell="gru", recurrent_dropout=0.2
    ),
    "parallel": lambda: nn.ParallelCRNN(*SHAPE, N_OUTPUTS, channels=(4, 4), hidden_size=3),
    "second order": lambda: nn.CovarianceNet(*SHAPE, N_OUTPUTS, n_filters=4, channels=(3,)),
    "mlp": lambda: nn.MLP(*SHAPE, N_OUTPUTS, dense=(8,), norm="batch"),
    "vgg": lambda: nn.VGG16(
        *SHAPE, N_OUTPUTS, image_size=(32, 32), width=0.0625, dense=(4,), colormap="gray"
    ),
}
AUGMENTATIONS = {
    "time_crop": 0.5,
    "time_stretch": 0.1,
    "freq_shift": 2,
    "time_masks": 2,
    "freq_masks": 2,
    "gain": 6.0,
    "noise": 0.1,
    "mixup": 0.2,
}
# Random numbers are drawn on the CPU and moved, so that a seed means the same on every device.
# These make them, or what a seed is read from.
DRAWN_ON_CPU = {"aten.rand.generator", "aten.rand.default", "aten.randperm.generator"}
DRAWN_ON_CPU |= {"aten.randint.generator", "aten.randint.low_generator", "aten.randperm.default"}
DRAWN_ON_CPU |= {"aten.randint.default", "aten.randint.low", "aten._local_scalar_dense.default"}

# torch's average of weights counts its updates on the CPU, where the count is read.
COUNTED_ON_CPU = {"aten.add_.Tensor", "aten.eq.Scalar", "aten.gt.Scalar"}


class Devices(TorchDispatchMode):
    """Record which operations make a tensor on which kind of device."""

    def __init__(self):
        super().__init__()
        self.made = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self.made.setdefault(leaf.device.type, set()).add(str(func))
        return result

    def check(self, allowed=frozenset()):
        assert self.made.get("meta"), "nothing was computed on the device"
        assert set(self.made) <= {"meta", "cpu"}
        assert self.made.get("cpu", set()) - allowed == set()


def batch():
    X = torch.empty(N_CLIPS, *SHAPE, device=META)
    return X, torch.empty(N_CLIPS, dtype=torch.long, device=META)


def test_a_tensor_that_is_made_elsewhere_is_found():
    with Devices() as devices:
        batch()
        torch.zeros(3)
    with pytest.raises(AssertionError, match=r"aten\.zeros"):
        devices.check()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("criterion", [torch.nn.CrossEntropyLoss, nn.DoubleSoftmaxLoss])
def test_a_step_of_training_stays_on_the_device(family, criterion):
    module = FAMILIES[family]().to(META).train()
    average = WeightAverage(module, 0.9)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    X, target = batch()
    with Devices() as devices:
        loss = criterion(reduction="none", label_smoothing=0.1)(module(X), target)
        loss = loss.mean() + 0.1 * sum(kernel.abs().sum() for kernel in module.kernels())
        loss = loss + 0.1 * sum(kernel.square().sum() for kernel in module.kernels())
        loss.backward()
        optimizer.step()
        average.update(module)
    # Crops have random places.
    devices.check(COUNTED_ON_CPU | (DRAWN_ON_CPU if family == "second order" else set()))
    assert {p.device.type for p in average.module.parameters()} == {"meta"}


@pytest.mark.parametrize("family", FAMILIES)
def test_prediction_stays_on_the_device(family):
    module = FAMILIES[family]().to(META).eval()
    with torch.inference_mode(), Devices() as devices:
        assert module(batch()[0]).device.type == "meta"
    devices.check()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_prediction_of_classifiers_moves_clips_to_the_device_and_logits_back(family):
    seen = []
    module = FAMILIES[family]()
    module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].device.type))
    module.register_forward_hook(lambda _, inputs, output: seen.append(output.device.type))
    # The meta device has no values to bring back: this is how far it goes.
    with pytest.raises((NotImplementedError, RuntimeError), match="meta"):
        predict_logits(module, np.zeros((N_CLIPS, *SHAPE), np.float32), "meta", 2)
    assert seen == ["meta", "meta"]
    assert {p.device.type for p in module.parameters()} == {"meta"}


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentation_stays_on_the_device_but_for_its_seeds(name, monkeypatch):
    augmentation = nn.Augmentation(**{name: AUGMENTATIONS[name]}).train()
    # A generator can't be made for the meta device: noise takes the device's own there.
    real = torch.Generator

    class Generator:
        def __new__(cls, device="cpu"):
            return real("cpu" if device == META else device)

    monkeypatch.setattr(torch, "Generator", Generator)
    X, _ = batch()
    target = torch.empty(N_CLIPS, N_OUTPUTS, device=META)
    with Devices() as devices:
        changed, mixed = augmentation(X, target, generator=real().manual_seed(0))
    assert changed.device.type == mixed.device.type == "meta"
    devices.check(DRAWN_ON_CPU)
