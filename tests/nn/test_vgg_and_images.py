"""Maps as images, and VGG16 with weights of a file."""

import numpy as np
import pytest
import torch

from skgenre import nn
from skgenre.nn._image import color_table
from skgenre.nn._vgg import IMAGENET_FILE

CONVOLUTIONS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
TINY = {"image_size": (32, 32), "dense": (8,), "width": 0.0625}


@pytest.mark.parametrize("colormap", ["jet", "gray"])
def test_colours_are_matplotlibs(colormap):
    matplotlib = pytest.importorskip("matplotlib")
    theirs = matplotlib.colormaps[colormap](np.arange(256))[:, :3]
    np.testing.assert_allclose(color_table(colormap).numpy(), theirs, atol=1e-6)


def test_low_bands_are_at_the_bottom_and_colours_span_each_map():
    X = torch.arange(4.0)[None, :, None].repeat(2, 1, 3)
    X[1] *= 100
    image = nn.ImageInput(None, 3, "gray")(X)
    torch.testing.assert_close(
        image[0, 0, :, 0], torch.tensor([1.0, 2 / 3, 1 / 3, 0.0]), atol=0.01, rtol=0
    )
    torch.testing.assert_close(image[0], image[1])


def test_a_constant_map_has_one_colour():
    image = nn.ImageInput((4, 4), 3, "jet")(torch.full((1, 3, 3), -80.0))
    assert image.isfinite().all()
    assert len(image.flatten(2).unique(dim=2)[0, 0]) == 1


def test_colours_need_three_channels():
    with pytest.raises(ValueError, match="set in_channels=3"):
        nn.CNN(8, 8, 2, dims=2, channels=(4,), colormap="jet")


def test_a_colour_map_is_not_standardized_and_leaves_no_weights():
    network = nn.CNN(8, 8, 2, dims=2, channels=(4,), in_channels=3, colormap="jet").eval()
    X = torch.randn(2, 8, 8)
    before = network(X)
    network.standardize.set(torch.full((8,), 5.0), torch.arange(1.0, 9.0))
    torch.testing.assert_close(network(X), before)
    assert not [name for name in network.state_dict() if "table" in name]


def test_the_names_and_shapes_are_torchvisions():
    # torchvision's vgg16 has these, and its classifier is two dense layers of 4,096 and the last.
    with torch.device("meta"):
        network = nn.VGG16(96, 1290, 1000, image_size=(224, 224), dense=(4096, 4096))
    shapes = {name: tuple(p.shape) for name, p in network.named_parameters()}
    expected = [f"features.{n}.{kind}" for n in CONVOLUTIONS for kind in ("weight", "bias")]
    dense = [f"classifier.{n}.{kind}" for n in (0, 3, 6) for kind in ("weight", "bias")]
    assert list(shapes) == expected + dense
    assert shapes["features.0.weight"] == (64, 3, 3, 3)
    assert shapes["features.28.weight"] == (512, 512, 3, 3)
    assert shapes["classifier.0.weight"] == (4096, 25088)
    assert sum(p.numel() for p in network.parameters()) == 138_357_544


def test_the_flattened_base_of_bahuleyan_has_18432_values():
    with torch.device("meta"):
        network = nn.VGG16(96, 1290, 10)
    assert network.classifier[0].in_features == 18_432


def test_weights_of_a_file_are_taken_over(tmp_path):
    torch.manual_seed(0)
    source = nn.VGG16(8, 8, 2, **TINY)
    torch.save(
        {name: p for name, p in source.state_dict().items() if not name.startswith("stand")},
        tmp_path / "vgg.pth",
    )
    torch.manual_seed(1)
    network = nn.VGG16(8, 8, 7, **TINY, weights=tmp_path / "vgg.pth")
    for name, value in source.features.state_dict().items():
        torch.testing.assert_close(network.features.state_dict()[name], value)


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save({"features.0.weight": torch.zeros(2, 2)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other\.pth don't fit: 'features\.0\.weight' has to"):
        nn.VGG16(8, 8, 2, **TINY, weights=tmp_path / "other.pth")


def test_missing_imagenet_weights_say_what_to_get_and_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError) as caught:
        nn.VGG16(8, 8, 2, **TINY, weights="imagenet")
    message = str(caught.value)
    assert str(tmp_path / "hub" / "checkpoints" / IMAGENET_FILE) in message
    assert "VGG16_Weights.IMAGENET1K_V1" in message


def test_imagenet_weights_are_found_in_torchs_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    source = nn.VGG16(8, 8, 2, **TINY)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(source.state_dict(), folder / IMAGENET_FILE)
    network = nn.VGG16(8, 8, 2, **TINY, weights="imagenet")
    torch.testing.assert_close(network.features[0].weight, source.features[0].weight)


def test_blocks_are_frozen_from_the_first_on():
    network = nn.VGG16(8, 8, 2, **TINY, trainable_blocks=2)
    frozen = {name for name, p in network.named_parameters() if not p.requires_grad}
    layers = [layer for block in nn.VGG16.layer_blocks()[:3] for layer in block]
    assert frozen == {f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")}
    assert not {id(kernel) for kernel in network.kernels()} & {
        id(p) for p in network.parameters() if not p.requires_grad
    }


def test_an_image_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="at least 32 x 32 pixels"):
        nn.VGG16(8, 8, 2, image_size=(16, 64))
