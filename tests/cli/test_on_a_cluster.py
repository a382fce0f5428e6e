"""`skgenre --scheduler`: the workers of a Dask cluster do it."""

import pytest

from skgenre.datasets import make_genre_music

from ..clusters import local_cluster
from ..other_processes import run_command as run


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    make_genre_music(
        8, genres=["jazz", "metal"], duration=3.0, random_state=0, to=folder / "genres"
    )
    (folder / "genres" / "jazz" / "bad.wav").write_text("no music")
    return folder


@pytest.fixture(scope="module")
def scheduler():
    with local_cluster() as (cluster, _):
        yield cluster.scheduler_address


@pytest.mark.slow
def test_compare_says_the_same(scheduler, music):
    options = ("genres", "--models", "fast", "--cv", 2, "--format", "csv", "--skip-bad-files")
    here = run("compare", *options, cwd=music)
    there = run("compare", *options, "--scheduler", scheduler, "--memory", "cache", cwd=music)
    assert there.returncode == 0, there.stderr
    accuracies = [result.stdout.splitlines()[1].split(",")[:2] for result in (here, there)]
    assert accuracies[0] == accuracies[1]
    assert list((music / "cache").glob("skgenre-comparison/??/*.json"))
    assert "fast, fold 1: accuracy" in there.stderr


@pytest.mark.slow
def test_check_says_the_same(scheduler, music):
    here = run("check", "genres", "--out", "here.csv", cwd=music)
    there = run("check", "genres", "--out", "there.csv", "--scheduler", scheduler, cwd=music)
    assert there.returncode == here.returncode == 1
    assert there.stdout == here.stdout
    assert there.stderr == here.stderr
    assert (music / "there.csv").read_text() == (music / "here.csv").read_text()


def test_a_scheduler_that_does_not_answer_is_one_line(music):
    result = run("check", "genres", "--scheduler", "tcp:/127.0.0.1", cwd=music)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: No Dask scheduler answers at tcp:/127.0.0.1.")
    assert len(result.stderr.splitlines()) == 1
