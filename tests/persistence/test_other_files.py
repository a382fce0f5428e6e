"""A name stands for one kind of file, and each reader says what the other kinds are."""

import pickle

import joblib
import pytest
from sklearn.linear_model import LogisticRegression

from skgenre.cli._model_file import check_model_name, read_model, write_model
from skgenre.exceptions import ModelFormatError
from skgenre.persistence import load_model, save_model


@pytest.fixture
def model(table):
    return LogisticRegression().fit(*table)


@pytest.mark.parametrize("name", ["m.pkl", "m.pickle", "m.PKL", "m.joblib"])
def test_save_model_writes_nothing_under_the_name_of_a_pickle(name, model, tmp_path):
    with pytest.raises(ValueError, match=r"writes no pickle.*m\.skops"):
        save_model(model, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_save_model_writes_nothing_under_the_name_of_an_onnx_file(model, tmp_path):
    with pytest.raises(ValueError, match="export_onnx"):
        save_model(model, tmp_path / "m.onnx")
    with pytest.raises(ValueError, match="export_onnx"):
        check_model_name(tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dump", [pickle.dump, joblib.dump])
def test_a_pickle_under_another_name_is_named(dump, model, tmp_path):
    path = tmp_path / "model.skops"
    with path.open("wb") as file:
        dump(model, file)
    for read in (load_model, read_model):
        with pytest.raises(ModelFormatError, match="it is a pickle, which runs code"):
            read(path)


def test_a_model_file_under_the_name_of_a_pickle_is_named(model, tmp_path):
    save_model(model, tmp_path / "m.skops")
    path = (tmp_path / "m.skops").rename(tmp_path / "m.pkl")
    with pytest.raises(ModelFormatError, match=r"that save_model wrote.*m\.skops"):
        read_model(path)


@pytest.mark.parametrize("name", ["model.onnx", "model.skops", "model.pkl"])
def test_an_onnx_file_is_named(name, tmp_path):
    # The beginning of what torch.onnx writes: version 10, then the producer's name.
    (tmp_path / name).write_bytes(b"\x08\x0a\x12\x07pytorch\x1a\x052.9.1" + bytes(100))
    with pytest.raises(ModelFormatError, match="it is an ONNX file"):
        read_model(tmp_path / name)


def test_a_pickle_is_written_and_read_by_the_command(model, table, tmp_path):
    write_model(model, tmp_path / "m.pkl")
    assert read_model(tmp_path / "m.pkl").predict(table[0][:1]) == model.predict(table[0][:1])
