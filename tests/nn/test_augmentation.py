"""Effects of each random change on a batch."""

import copy
import pickle

import pytest
import torch

from skgenre.classifiers import CNNClassifier
from skgenre.nn import Augmentation, Standardize

N_CLIPS, N_BANDS, N_FRAMES = 64, 8, 40
ALL = {
    "time_crop": 0.5,
    "time_stretch": 0.2,
    "freq_shift": 2,
    "time_masks": 2,
    "freq_masks": 2,
    "gain": 3.0,
    "noise": 0.5,
    "mixup": 0.4,
}


@pytest.fixture
def maps():
    return torch.randn(N_CLIPS, N_BANDS, N_FRAMES, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def ramps():
    """Maps whose value is the number of the frame, in every clip and band."""
    return torch.arange(float(N_FRAMES)).expand(N_CLIPS, N_BANDS, N_FRAMES).clone()


def change(X, target=None, seed=1, center=None, **parameters):
    generator = torch.Generator().manual_seed(seed)
    return Augmentation(**parameters)(X, target, generator=generator, center=center)


def test_by_default_nothing_is_changed(maps):
    assert torch.equal(change(maps)[0], maps)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_changed_in_evaluation(name, maps):
    target = torch.eye(2)[torch.arange(N_CLIPS) % 2]
    augmentation = Augmentation(**{name: ALL[name]})
    changed = augmentation(maps, target)
    assert changed[0].shape != maps.shape or not torch.equal(changed[0], maps)
    same = augmentation.eval()(maps, target)
    assert same[0] is maps
    assert same[1] is target


@pytest.mark.parametrize("name", ALL)
def test_the_batch_is_not_changed_in_place(name, maps):
    before = maps.clone()
    change(maps, torch.ones(N_CLIPS, 1), **{name: ALL[name]})
    assert torch.equal(maps, before)


@pytest.mark.parametrize("name", ALL)
def test_a_seed_fixes_the_change_and_leaves_torch_s_own_generator(name, maps):
    target = torch.eye(N_CLIPS)
    state = torch.get_rng_state()
    one, two, other = (change(maps, target, seed=seed, **{name: ALL[name]}) for seed in (1, 1, 2))
    assert torch.equal(one[0], two[0])
    assert torch.equal(one[1], two[1])
    assert not torch.equal(one[0], other[0])
    assert torch.equal(torch.get_rng_state(), state)


def test_without_a_generator_torch_s_own_is_used(maps):
    augmentation = Augmentation(noise=1.0, gain=1.0)
    results = []
    for _ in range(2):
        with torch.random.fork_rng():
            torch.manual_seed(3)
            results.append(augmentation(maps)[0])
    assert torch.equal(*results)


def test_time_crop_takes_a_window_of_each_clip(ramps):
    cropped, _ = change(ramps.repeat(10, 1, 1), time_crop=0.25)
    assert cropped.shape == (10 * N_CLIPS, N_BANDS, 10)
    assert (cropped.diff(dim=2) == 1).all()
    assert (cropped == cropped[:, :1]).all()
    assert set(cropped[:, 0, 0].tolist()) == set(range(31))


def test_time_crop_leaves_a_frame():
    assert change(torch.zeros(2, 3, 4), time_crop=0.01)[0].shape == (2, 3, 1)


def test_time_stretch_reads_each_clip_at_its_own_speed(ramps):
    stretched, _ = change(ramps, time_crop=0.5, time_stretch=0.5)
    assert stretched.shape == (N_CLIPS, N_BANDS, 20)
    speeds = stretched.diff(dim=2)
    torch.testing.assert_close(speeds, speeds[:, :1, :1].expand_as(speeds), rtol=0, atol=1e-4)
    speeds = speeds[:, 0, 0]
    assert speeds.min() > 1 / 1.5 - 1e-4
    assert speeds.max() < 1.5 + 1e-4
    assert speeds.min() < 0.8
    assert speeds.max() > 1.3
    # Slower as often as faster.
    assert 0.3 < (speeds < 1).float().mean() < 0.7


def test_time_stretch_mirrors_where_a_clip_is_too_short(ramps):
    stretched, _ = change(ramps, time_stretch=1.0)
    assert stretched.shape == ramps.shape
    assert stretched.min() >= 0
    assert stretched.max() <= N_FRAMES - 1
    turns = stretched.diff(dim=2)[:, 0] < 0
    assert turns.any()
    assert not turns[:, 0].any()


def test_freq_shift_moves_bands_and_repeats_the_outermost():
    bands = torch.arange(float(N_BANDS))[:, None].expand(N_CLIPS, N_BANDS, 5)
    shifted, _ = change(bands, freq_shift=2)
    shifts = set()
    for clip in shifted[:, :, 0]:
        shift = round((torch.arange(N_BANDS) - clip)[3].item())
        expected = (torch.arange(N_BANDS) - shift).clamp(0, N_BANDS - 1)
        assert torch.equal(clip, expected.float())
        shifts.add(shift)
    assert shifts == {-2, -1, 0, 1, 2}


@pytest.mark.parametrize(("axis", "name", "size"), [(2, "time", N_FRAMES), (1, "freq", N_BANDS)])
def test_masks_set_stretches_to_the_mean_of_each_band(axis, name, size, maps):
    maps = maps + torch.arange(float(N_BANDS))[:, None] * 10
    parameters = {f"{name}_masks": 1, f"{name}_mask_width": 0.25}
    masked, _ = change(maps, **parameters)
    fill = maps.mean((0, 2), keepdim=True).expand_as(maps)
    is_masked = masked != maps
    torch.testing.assert_close(masked[is_masked], fill[is_masked])
    along = is_masked.all(3 - axis)
    assert torch.equal(along, is_masked.any(3 - axis))
    widths = along.sum(1)
    assert set(widths.tolist()) <= set(range(size // 4 + 1))
    assert widths.max() == size // 4
    # One stretch: a mask begins once.
    begins = along[:, 0].long() + (along[:, 1:] & ~along[:, :-1]).sum(1)
    assert begins.max() == 1
    assert len(set(map(tuple, along.tolist()))) > 5


@pytest.mark.parametrize("name", ["time", "freq"])
def test_masks_are_zero_after_centring(name, maps):
    """Clips differ in level, so that the mean over the batch is far from each clip's own."""
    levels = torch.arange(float(N_CLIPS))[:, None, None] + torch.arange(float(N_BANDS))[:, None]
    maps = maps + 10 * levels
    masked, _ = change(maps, center="clip", **{f"{name}_masks": 2, f"{name}_mask_width": 0.4})
    is_masked = masked != maps
    assert is_masked.any((1, 2)).float().mean() > 0.8
    centred = Standardize(N_BANDS, center="clip")(masked)
    assert centred[is_masked].abs().max() < 1e-3
    assert centred[~is_masked].abs().mean() > 0.5


def test_clips_that_are_masked_as_a_whole_get_the_batch_s_means(maps):
    masked, _ = change(maps, center="clip", time_masks=9, time_mask_width=1.0)
    covered = (masked.diff(dim=2) == 0).all((1, 2))
    assert covered.any()
    torch.testing.assert_close(masked[covered][0, :, 0], maps.mean((0, 2)))


@pytest.mark.parametrize("mixup", [None, 0.2])
def test_networks_say_that_they_centre(mixup, maps, monkeypatch):
    seen = []

    def record(layer, X):
        seen.append(layer.subtract_means(X))
        return (seen[-1] - layer.mean) * layer.scale

    monkeypatch.setattr(Standardize, "forward", record)
    levels = 100 * torch.arange(float(N_CLIPS))[:, None, None]
    augmentation = Augmentation(time_masks=1, time_mask_width=0.9, mixup=mixup)
    network = CNNClassifier(
        dims=1, channels=(4,), max_epochs=1, batch_size=N_CLIPS, augmentation=augmentation,
        random_state=0,
    )  # fmt: skip
    network.fit((maps + levels).numpy(), torch.arange(N_CLIPS).numpy() % 2)
    [batch] = [X for X in seen if len(X) == N_CLIPS]
    is_masked = (batch.diff(dim=2).abs() < 1e-3).all(1)
    assert is_masked.any()
    assert batch[:, :, 1:][is_masked[:, None].expand(-1, N_BANDS, -1)].abs().max() < 0.01


def test_an_unknown_centring_is_refused(maps):
    with pytest.raises(ValueError, match=r"'center' .* must be 'clip' or None\. Got 'batch'"):
        change(maps, center="batch")


@pytest.mark.parametrize("name", ["time", "freq"])
def test_more_masks_hide_more(name, maps):
    hidden = [
        (change(maps, **{f"{name}_masks": count})[0] != maps).float().mean() for count in (1, 6)
    ]
    assert hidden[1] > 2 * hidden[0] > 0


def test_gain_moves_a_clip_as_a_whole(maps):
    difference = change(maps, gain=6.0)[0] - maps
    levels = difference[:, 0, 0]
    torch.testing.assert_close(difference, levels[:, None, None].expand_as(maps), rtol=0, atol=1e-5)
    assert -6 <= levels.min() < -3
    assert 3 < levels.max() <= 6


def test_noise_has_its_deviation(maps):
    noise = change(maps, noise=0.3)[0] - maps
    assert noise.mean().abs() < 0.01
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert not torch.equal(noise[0], noise[1])


def test_mixup_mixes_maps_and_targets_alike():
    """Each clip is its own number's map, so the mixed maps say what was mixed."""
    X = torch.eye(N_CLIPS)[:, :, None].expand(N_CLIPS, N_CLIPS, 3)
    mixed, target = change(X, torch.eye(N_CLIPS), mixup=0.4)
    torch.testing.assert_close(mixed[:, :, 0], target)
    torch.testing.assert_close(target.sum(1), torch.ones(N_CLIPS))
    assert ((target > 0).sum(1) == 2).float().mean() > 0.9


def test_the_size_of_mixup_is_that_of_its_distribution():
    """The variance of a beta distribution with both parameters a is 1 / (4 (2 a + 1))."""
    target = torch.eye(2)
    for alpha in (0.2, 4.0):
        shares = [change(torch.zeros(2, 1, 1), target, seed, mixup=alpha)[1] for seed in range(800)]
        is_mixed = [share for share in shares if share[0, 0] != 1]
        values = torch.stack([share[0, 0] for share in is_mixed])
        assert values.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.2)


def test_mixup_without_targets_is_refused(maps):
    with pytest.raises(ValueError, match="needs the targets"):
        change(maps, mixup=0.2)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("time_crop", 0.0, "a share above 0, at most 1 or None"),
        ("time_crop", 1.5, "a share above 0, at most 1 or None"),
        ("time_stretch", 0.0, "a number above 0 or None"),
        ("freq_shift", 1.5, "an int of 1 or more or None"),
        ("time_masks", -1, "an int of 0 or more"),
        ("freq_masks", None, "an int of 0 or more"),
        ("time_mask_width", 2.0, "a share above 0, at most 1"),
        ("gain", -1.0, "a number above 0 or None"),
        ("noise", -1.0, "a number above 0 or None"),
        ("mixup", 0.0, "a number above 0 or None"),
    ],
)
def test_impossible_values_are_refused(name, value, allowed, maps):
    message = f"The '{name}' parameter of Augmentation must be {allowed}. Got {value!r} instead."
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        change(maps, torch.ones(N_CLIPS, 1), **{name: value})


def test_parameters_as_scikit_learn_has_them():
    augmentation = Augmentation(**ALL)
    assert {name: augmentation.get_params()[name] for name in ALL} == ALL
    assert augmentation.set_params(noise=9.0).noise == 9.0
    with pytest.raises(ValueError, match=r"Invalid parameter 'loud' .* time_crop"):
        augmentation.set_params(loud=True)


def test_its_text_names_what_is_on():
    assert repr(Augmentation(gain=3.0, time_masks=2)) == "Augmentation(time_masks=2, gain=3.0)"


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))])
def test_copies_do_the_same(duplicate, maps):
    augmentation = Augmentation(noise=0.5, time_crop=0.5)
    results = [
        one(maps, generator=torch.Generator().manual_seed(0))[0]
        for one in (augmentation, duplicate(augmentation))
    ]
    assert torch.equal(*results)


@pytest.mark.cuda
def test_a_seed_means_the_same_crops_on_a_gpu(maps):
    if not torch.cuda.is_available():
        pytest.skip("needs CUDA")
    parameters = {name: value for name, value in ALL.items() if name != "noise"}
    target = torch.eye(N_CLIPS)
    on_cpu, on_gpu = (
        change(maps.to(device), target.to(device), **parameters) for device in ("cpu", "cuda")
    )
    torch.testing.assert_close(on_gpu[0].cpu(), on_cpu[0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(on_gpu[1].cpu(), on_cpu[1])
