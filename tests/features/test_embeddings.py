"""Embeddings by networks of users and of Hugging Face."""

import json

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from torch import nn

from skgenre.exceptions import ShapeMismatchError, ShortSignalWarning
from skgenre.features import ModuleEmbedding, Segmenter, TransformersEmbedding, cache_info
from skgenre.features._embeddings.content import digest_of_module
from skgenre.persistence import load_model, save_model
from skgenre.testing._tiny_model import TinyModel

transformers = pytest.importorskip("transformers")

SR = 8000


class Bands(nn.Module):
    """Levels of frames in two bands, as a sequence."""

    def __init__(self, hop=400, gain=1.0):
        super().__init__()
        self.hop = hop
        self.gain = nn.Parameter(torch.tensor(gain))

    def forward(self, y):
        frames = y.unflatten(1, (-1, self.hop))
        level = frames.abs().mean(2)
        change = frames.diff(dim=2).abs().mean(2)
        return self.gain * torch.stack([level, change], 2)


@pytest.fixture
def clips():
    """Three clips of 2.5 s at different levels."""
    noise = np.random.default_rng(0).normal(size=(3, 20000))
    return (noise * [[0.3], [0.01], [0.1]]).astype(np.float32)


def test_values_are_pooled_over_windows_and_time(clips):
    embedding = ModuleEmbedding(
        Bands().eval(), sr=SR, window_duration=1.0, pooling=["mean", "max"], batch_size=2
    )
    table = embedding.set_output(transform="pandas").fit_transform(clips)
    names = ["embedding0_mean", "embedding1_mean", "embedding0_max", "embedding1_max"]
    assert list(table.columns) == names
    # Windows of 1 s from 0, 1 and 1.5 s.
    windows = np.stack([clips[:, start : start + SR] for start in (0, SR, 3 * SR // 2)], 1)
    levels = np.abs(windows.reshape(3, -1, 400)).mean(2)
    np.testing.assert_allclose(table["embedding0_mean"], levels.mean(1), rtol=1e-5)
    np.testing.assert_allclose(table["embedding0_max"], levels.max(1), rtol=1e-5)


def test_a_row_depends_on_its_clip_alone(clips):
    embedding = ModuleEmbedding(Bands().eval(), sr=SR)
    table = embedding.fit_transform(clips)
    for i in range(3):
        np.testing.assert_array_equal(table[i], embedding.transform(clips[i : i + 1])[0])


def test_vectors_and_files_are_taken(clips, files):
    network = nn.Sequential(
        nn.Unflatten(1, (1, -1)), nn.AdaptiveAvgPool1d(7), nn.Flatten(), nn.Linear(7, 3)
    ).eval()
    embedding = ModuleEmbedding(network, sr=SR)
    assert embedding.fit_transform(files).shape == (6, 3)
    assert embedding.get_feature_names_out().tolist() == [f"embedding{k}_mean" for k in range(3)]
    assert embedding.fit_transform(clips).shape == (3, 3)


def test_segments_are_embedded_in_a_segmenter(clips):
    embedding = ModuleEmbedding(Bands().eval(), sr=SR)
    segments = Segmenter(embedding, sr=SR, segment_duration=0.5).fit_transform(clips)
    assert segments.shape == (3, 5, 2, 1)
    np.testing.assert_allclose(
        segments[:, 1, :, 0], embedding.fit_transform(clips[:, 4000:8000]), rtol=1e-6
    )


def test_a_clip_shorter_than_a_window_is_padded_with_a_warning(clips):
    embedding = ModuleEmbedding(Bands().eval(), sr=SR, window_duration=1.0)
    with pytest.warns(ShortSignalWarning):
        short = embedding.fit_transform(clips[:, :4000])
    padded = np.pad(clips[:, :4000], ((0, 0), (0, 4000)))
    np.testing.assert_array_equal(short, embedding.fit_transform(padded))


def test_the_cache_notices_changed_weights_and_attributes(clips, tmp_path):
    def compute(module):
        return ModuleEmbedding(module.eval(), sr=SR, memory=tmp_path).fit_transform(clips)

    module = Bands()
    table = compute(module)
    np.testing.assert_array_equal(compute(Bands()), table)
    assert cache_info(tmp_path).hits == 3
    module.gain.data.fill_(2.0)
    np.testing.assert_allclose(compute(module), 2 * table)
    compute(Bands(hop=200))
    assert cache_info(tmp_path).entries == 9


def test_a_digest_covers_types_buffers_and_layers():
    def digest(*layers, dtype=torch.float32):
        torch.manual_seed(0)
        return digest_of_module(nn.Sequential(*(layer() for layer in layers)).to(dtype))

    def linear():
        return nn.Linear(2, 2)

    def norm():
        layer = nn.BatchNorm1d(2)
        layer.running_mean.fill_(1.0)
        return layer

    different = [
        digest(linear),
        digest(linear, nn.ReLU),
        digest(linear, nn.GELU),
        digest(linear, dtype=torch.bfloat16),
        digest(linear, lambda: nn.BatchNorm1d(2)),
        digest(linear, norm),
        digest(linear, lambda: nn.BatchNorm1d(2, eps=0.1)),
    ]
    assert len(set(different)) == len(different)
    assert digest(linear) == different[0]


@pytest.mark.parametrize(
    "attribute",
    [
        lambda value: torch.full((3,), value),
        lambda value: np.full(3, value),
        lambda value: {"hop": value},
        lambda value: [torch.full((3,), value)],
    ],
    ids=["tensor", "array", "dict", "list"],
)
def test_a_digest_covers_attributes_that_are_no_buffers(attribute):
    digests = []
    for value in (1.0, 1.0, 2.0):
        module = nn.Identity()
        module.window = attribute(value)
        digests.append(digest_of_module(module))
    assert digests[0] == digests[1] != digests[2]


def test_a_search_goes_over_windows_of_a_module(clips):
    pipeline = make_pipeline(ModuleEmbedding(Bands().eval(), sr=SR), LogisticRegression())
    grid = {"moduleembedding__window_duration": [0.5, 1.0]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(np.concatenate([clips] * 2), list("abcabc"))
    assert search.best_params_["moduleembedding__window_duration"] in (0.5, 1.0)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Linear, "must be a torch.nn.Module, ready for use. Got the class Linear"),
        ("wav2vec", "must be a torch.nn.Module"),
        (nn.Sequential(nn.Dropout()), "is in training mode, .* call module.eval"),
    ],
)
def test_wrong_modules_are_refused(module, message, clips):
    with pytest.raises(ValueError, match=message):
        ModuleEmbedding(module, sr=SR).fit(clips)


class Wrong(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, y):
        kinds = {"tuple": (y, y), "flat": y.flatten(), "maps": y[:, None, None], "sum": y[:1]}
        return kinds[self.kind]


@pytest.mark.parametrize("kind", ["tuple", "flat", "maps", "sum"])
def test_wrong_results_are_refused(kind, clips):
    embedding = ModuleEmbedding(Wrong(kind).eval(), sr=SR, window_duration=1.0)
    with pytest.raises(ShapeMismatchError, match="forward of Wrong must return a tensor"):
        embedding.fit_transform(clips)


def test_a_module_is_kept_out_of_safe_files(clips, tmp_path):
    model = make_pipeline(ModuleEmbedding(Bands().eval(), sr=SR), DummyClassifier())
    with pytest.raises(TypeError, match="its module could run code when it is loaded"):
        save_model(model.fit(clips, list("aba")), tmp_path / "model.skops")


# Hugging Face


SMALL = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 8,
}
SPEECH = {
    **SMALL,
    "conv_dim": (4, 4),
    "conv_kernel": (10, 4),
    "conv_stride": (80, 4),
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}


def make_model(kind):
    """Return a tiny model with random weights, and its feature extractor."""
    t = transformers
    if kind == "ast":
        config = t.ASTConfig(**SMALL, max_length=60, num_mel_bins=32)
        return t.ASTModel(config), t.ASTFeatureExtractor(max_length=60, num_mel_bins=32)
    if kind == "whisper":
        config = t.WhisperConfig(
            d_model=8,
            encoder_layers=2,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=8,
            decoder_ffn_dim=8,
            vocab_size=20,
            num_mel_bins=16,
            max_source_positions=50,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=1,
        )
        return t.WhisperModel(config), t.WhisperFeatureExtractor(feature_size=16, chunk_length=1)
    if "clap" in kind:
        is_fused = kind == "fused clap"
        audio = {
            "num_mel_bins": 16,
            "spec_size": 64,
            "patch_size": 4,
            "patch_stride": (4, 4),
            "window_size": 4,
            "hidden_size": 32,
            "patch_embeds_hidden_size": 8,
            "depths": [1, 1],
            "num_hidden_layers": 2,
            "num_attention_heads": [2, 2],
            "projection_dim": 8,
            "enable_fusion": is_fused,
            "aff_block_r": 2,
        }
        text = {**SMALL, "vocab_size": 20, "max_position_embeddings": 20, "projection_dim": 8}
        config = t.ClapConfig(audio_config=audio, text_config=text, projection_dim=8)
        extractor = t.ClapFeatureExtractor(
            feature_size=16,
            max_length_s=1,
            truncation="fusion" if is_fused else "rand_trunc",
            fft_window_size=1024,
        )
        return t.ClapModel(config), extractor
    kinds = {
        "wav2vec2": (t.Wav2Vec2Config, t.Wav2Vec2Model),
        "hubert": (t.HubertConfig, t.HubertModel),
        "wavlm": (t.WavLMConfig, t.WavLMModel),
    }
    config, model = kinds[kind]
    return model(config(**SPEECH)), t.Wav2Vec2FeatureExtractor()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return the folder of a tiny model by its kind."""
    made = {}

    def folder_of(kind):
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp(kind)
            with torch.random.fork_rng():
                torch.manual_seed(0)
                model, extractor = make_model(kind)
            model.save_pretrained(made[kind])
            extractor.save_pretrained(made[kind])
        return made[kind]

    return folder_of


KINDS = ["ast", "wav2vec2", "hubert", "wavlm", "whisper", "clap", "fused clap"]


@pytest.fixture
def music():
    """Two clips of 1.6 s at 16 kHz, one loud, one quiet."""
    noise = np.random.default_rng(0).normal(size=(2, 25600))
    return (noise * [[0.3], [0.003]]).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_models_of_all_kinds_embed_clips(kind, folders, music):
    sr = 48000 if "clap" in kind else 16000
    embedding = TransformersEmbedding(folders(kind), sr=sr, pooling=["mean", "std"], batch_size=2)
    table = embedding.fit_transform(music)
    assert table.shape == (2, 32 if "clap" in kind else 16)
    assert np.isfinite(table).all()
    assert np.abs(table[0] - table[1]).max() > 1e-4
    np.testing.assert_array_equal(table[1], embedding.transform(music[1:])[0])
    other = clone(embedding).set_params(layer=1).transform(music)
    assert other.shape[0] == 2
    assert not np.array_equal(other, table)
    assert len(embedding.get_feature_names_out()) == table.shape[1]


def test_no_window_is_declared_long_at_random(folders, music):
    """The extractor of a CLAP with fusion would choose one of each batch."""
    folder = folders("fused clap")
    several = np.tile(music, 4)  # two windows of 1 s each
    state = np.random.get_state()  # noqa: NPY002
    tables = [
        TransformersEmbedding(folder, sr=48000, batch_size=size).fit_transform(several)
        for size in (1, 2, 2)
    ]
    np.testing.assert_allclose(tables[0], tables[1], atol=1e-5)
    np.testing.assert_array_equal(tables[1], tables[2])
    np.testing.assert_array_equal(np.random.get_state()[1], state[1])  # noqa: NPY002
    assert np.random.get_state()[2] == state[2]  # noqa: NPY002


def test_windows_are_those_of_the_model_itself(folders, music):
    """Whisper's encoder takes 1 s here; the second window ends with the clip."""
    folder = folders("whisper")
    table = TransformersEmbedding(folder).fit_transform(music)
    model = transformers.WhisperModel.from_pretrained(folder).get_encoder().eval()
    extractor = transformers.WhisperFeatureExtractor.from_pretrained(folder)
    windows = [music[0, :16000], music[0, 9600:]]
    inputs = extractor(windows, sampling_rate=16000, return_tensors="pt")
    with torch.no_grad():
        states = model(**inputs, output_hidden_states=True).hidden_states[-1]
    np.testing.assert_allclose(table[0], states.mean((0, 1)), atol=1e-5)
    # The silence after a shorter clip does not count.
    half = TransformersEmbedding(folder).fit_transform(music[:, :8000])
    inputs = extractor(music[0, :8000], sampling_rate=16000, return_tensors="pt")
    with torch.no_grad():
        states = model(**inputs, output_hidden_states=True).hidden_states[-1]
    np.testing.assert_allclose(half[0], states[0, :25].mean(0), atol=1e-5)


def test_the_cache_notices_other_weights_in_a_folder(folders, music, tmp_path):
    folder = tmp_path / "model"
    embedding = TransformersEmbedding(str(folder), memory=tmp_path / "cache")

    def save(seed):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model, extractor = make_model("hubert")
        model.save_pretrained(folder)
        extractor.save_pretrained(folder)

    save(seed=0)
    table = embedding.fit_transform(music)
    np.testing.assert_array_equal(table, embedding.set_params(batch_size=1).transform(music))
    assert cache_info(tmp_path / "cache").hits == 2
    save(seed=1)
    assert np.abs(embedding.fit_transform(music) - table).max() > 1e-3


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sr": 22050}, "'sr' parameter of TransformersEmbedding must be 16000"),
        ({"window_duration": 5.0}, "'window_duration' parameter of .* must be at most 1 s"),
        ({"layer": 3}, "'layer' parameter of TransformersEmbedding must be from -3 to 2"),
        ({"pooling": []}, "'pooling' parameter of TransformersEmbedding must be one or several"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message, folders, music):
    with pytest.raises(ValueError, match=message):
        TransformersEmbedding(folders("whisper"), **parameters).fit_transform(music)


def test_a_model_with_code_of_its_own_is_refused_and_not_run(music, tmp_path):
    code = "raise SystemExit('run')"
    (tmp_path / "own.py").write_text(code)
    auto = {"AutoConfig": "own.OwnConfig", "AutoModel": "own.OwnModel"}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": auto}))
    with pytest.raises(ValueError, match=r"Python code of its own, that is not run .*Module"):
        TransformersEmbedding(tmp_path).fit(music)


def test_pickled_weights_are_refused(folders, music, tmp_path):
    model, extractor = make_model("hubert")
    extractor.save_pretrained(tmp_path)
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match="only the format safetensors is read"):
        TransformersEmbedding(tmp_path).fit(music)


def test_models_of_other_data_are_refused(music, tmp_path):
    transformers.BertConfig(**SMALL).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="has no feature extractor"):
        TransformersEmbedding(tmp_path).fit(music)


def test_a_missing_folder_is_refused(music, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises((OSError, ValueError), match="none"):
        TransformersEmbedding(str(tmp_path / "none")).fit(music)


def test_a_model_file_names_a_commit_on_the_hub(music, tmp_path):
    model = make_pipeline(TransformersEmbedding(TinyModel()), DummyClassifier()).fit(
        music, ["a", "b"]
    )
    with pytest.raises(TypeError, match="can only be a name on the Hub"):
        save_model(model, tmp_path / "model.skops")
    model[0].set_params(model="owner/name", revision="0123456789" * 4)
    save_model(model, tmp_path / "model.skops")
    assert load_model(tmp_path / "model.skops")[0].model == "owner/name"
