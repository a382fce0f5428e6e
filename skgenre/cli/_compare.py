"""``skgenre compare``: several models on the same folds."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .._shown_text import show
from ._console import print_line, print_table, say
from ._model_file import check_model_name, write_model
from ._models import DEFAULT_MODELS, MODELS_HELP, forget_run_settings, make_model, parse_models
from ._music import (
    HeldOut,
    HeldOutOption,
    Layout,
    LayoutOption,
    compose_music,
    read_music,
)
from ._options import Epochs, RandomState
from ._output import prepare_output, write_csv
from ._tracks import (
    Check,
    FileCheck,
    GenreColumn,
    Group,
    PathColumn,
    Root,
    SkipBadFiles,
    SplitColumn,
    Wanted,
    add_left_out,
    write_left_out,
)

# Clips of synthetic music: enough for significant differences within three minutes.
N_CLIPS = 200
DURATION = 10.0

EXAMPLES = """Examples:

skgenre compare

skgenre compare genres/ --models fast,svm,best --cv 5 --out results.csv

skgenre compare genres/ --scoring f1_macro,accuracy,map_at_3 --html report.html --memory cache/

skgenre compare genres/ --models svm,mymodels.py:tiny,yaacob2020-crnn

skgenre compare gtzan/ --layout gtzan --held-out valid --leakage-gap --html report.html

skgenre compare genres/ --group artist --confusion confusion.png --save best.skops

skgenre compare tracks.csv --group artist --held-out test --skip-bad-files
"""


def compare(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder with one subfolder of sound files per genre, or a table of tracks (.csv, "
            ".parquet). Default: synthetic music.",
            metavar="FOLDER|TABLE",
            show_default=False,
        ),
    ] = None,
    models: Annotated[
        str,
        typer.Option(
            callback=lambda names: ",".join(parse_models(names)),
            help=f"Comma-separated models: {MODELS_HELP}.",
        ),
    ] = DEFAULT_MODELS,
    layout: LayoutOption = Layout.genres,
    group: Group = None,
    held_out: HeldOutOption = HeldOut.folds,
    cv: Annotated[int, typer.Option(min=2, help="Number of folds.")] = 5,
    scoring: Annotated[
        str,
        typer.Option(
            help="Comma-separated scores, named as in scikit-learn or skgenre.metrics. Models are "
            "ranked by the first.",
        ),
    ] = "accuracy,f1_macro",
    out: Annotated[
        Path | None,
        typer.Option(help="Write the scores of every fold to this CSV file.", show_default=False),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            help="Write a report to this HTML file: scores, plot, pairwise tests, protocol.",
            show_default=False,
        ),
    ] = None,
    confusion: Annotated[
        Path | None,
        typer.Option(
            help="Plot the best model's confusion matrix, over all held-out clips, to this PNG "
            "file.",
            show_default=False,
        ),
    ] = None,
    leakage_gap: Annotated[
        bool,
        typer.Option(
            "--leakage-gap",
            help="Measure how much higher the best model whose segments vote scores when segments "
            "of a clip, or clips of a group, are in both train and test. Fits it again.",
        ),
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(
            help="Fit the best model on all clips and save it to this file.", show_default=False
        ),
    ] = None,
    skip_bad_files: SkipBadFiles = False,
    check: Check = FileCheck.quick,
    path_column: PathColumn = None,
    genre_column: GenreColumn = None,
    split_column: SplitColumn = None,
    root: Root = None,
    epochs: Epochs = None,
    jobs: Annotated[int, typer.Option(help="Number of processes; -1 uses all cores.")] = 1,
    memory: Annotated[
        Path | None,
        typer.Option(
            help="Cache folder for computed features and finished folds.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(help="Reuse finished folds of earlier runs from --memory."),
    ] = True,
    random_state: RandomState = 0,
    clips: Annotated[
        int | None,
        typer.Option(
            min=4, help="Without FOLDER: number of clips to compose.", show_default=str(N_CLIPS)
        ),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            min=1.0, help="Without FOLDER: clip length in seconds.", show_default=str(DURATION)
        ),
    ] = None,
    genres: Annotated[
        str | None,
        typer.Option(
            help="Without FOLDER: comma-separated genres. Default: the ten of GTZAN.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Compare models by cross-validation: scores, significance, time and size."""
    from ..model_selection import compare as compare_pipelines
    from ..model_selection import leakage_gap as measure_gap

    wanted = Wanted(
        path_column, genre_column, group, split_column, root, check, skips=skip_bad_files
    )
    if folder is None:
        wanted.refuse_for_folder()
        _refuse_without_folder(layout, group, held_out)
        music = compose_music(clips or N_CLIPS, duration or DURATION, genres, cv, random_state)
    else:
        _refuse_with_folder(clips=clips, duration=duration, genres=genres)
        music = read_music(folder, layout, wanted, held_out, cv)
    if save is not None:
        check_model_name(save)
    for path in (out, html, confusion, save):
        if path is not None:
            prepare_output(path)
    if confusion is not None:
        _import_figure()
    if music.hint:
        say(music.hint)
    split = f"{cv} folds" if held_out is HeldOut.folds else f"scored on the {held_out} part"
    say(f"Comparing {models.replace(',', ', ')} on {music.source}, {split}")
    pipelines = {
        name: make_model(name, epochs=epochs, random_state=random_state)
        for name in models.split(",")
    }
    comparison = compare_pipelines(
        pipelines,
        music.X,
        music.y,
        groups=music.groups,
        cv=music.cv,
        scoring=[name.strip() for name in scoring.split(",")],
        n_jobs=jobs,
        random_state=random_state,
        memory=memory,
        resume=resume,
        verbose=1,
    )
    add_left_out(comparison, wanted)
    _print(comparison)
    best = comparison.summary.index[0]
    gaps, fault = {}, None
    if leakage_gap:
        torn = _best_that_votes(comparison.summary.index, pipelines)
        say(f"Scoring {torn} under splits that leak ...")
        model = make_model(torn, epochs=epochs, random_state=random_state, memory=memory)
        try:
            gaps[torn] = measure_gap(
                model,
                music.X,
                music.y,
                groups=music.groups,
                cv=music.cv,
                n_jobs=jobs,
                random_state=random_state,
            )
            _print_gap(torn, gaps[torn])
        except (TypeError, ValueError) as error:  # finished results are written first
            fault = error
    if out is not None:
        write_csv(comparison.frame, out)
        say(f"Wrote the scores of every fold to {show(out)}")
    write_left_out(wanted, out)
    if html is not None:
        comparison.to_html(html, title=f"Models compared on {music.source}", leakage_gaps=gaps)
        say(f"Wrote the report to {show(html)}")
    if confusion is not None:
        _draw_confusion(comparison, best, confusion)
        say(f"Drew the confusion matrix of {best} to {show(confusion)}")
    if save is not None:
        say(f"Fitting {best} on all clips ...")
        model = make_model(best, epochs=epochs, random_state=random_state, memory=memory)
        size = write_model(forget_run_settings(model.fit(music.X, music.y)), save)
        say(f"Saved {best} to {show(save)} ({size / 1000:.0f} kB)")
    if fault is not None:
        raise fault


def _best_that_votes(names: Any, pipelines: dict[str, Any]) -> str:
    """Return the best model whose segments vote, which a split can tear; else the best."""
    from .._pipelines import steps_of
    from ..classifiers import SegmentVotingClassifier

    voting = [
        name for name in names if isinstance(steps_of(pipelines[name])[-1], SegmentVotingClassifier)
    ]
    return str([*voting, *names][0])


def _refuse_with_folder(**synthetic: object) -> None:
    given = [f"--{name}" for name, value in synthetic.items() if value is not None]
    if given:
        raise typer.BadParameter(
            "this is for synthetic music, but you gave a FOLDER.", param_hint=given
        )


def _refuse_without_folder(layout: Layout, group: str | None, held_out: HeldOut) -> None:
    given = {
        "--layout": layout is not Layout.genres,
        "--group": group is not None,
        "--held-out": held_out is not HeldOut.folds,
    }
    names = [name for name, is_given in given.items() if is_given]
    if names:
        raise typer.BadParameter("this needs a FOLDER.", param_hint=names)


def _print(comparison: Any) -> None:
    table = comparison.table().rename(columns={"pipeline": "model"})
    costs = ["fit (s)", "predict (ms/clip)", "size (kB)"]
    for part in (table.drop(columns=costs), table[["model", *costs]]):
        print_table(list(part.columns), part.to_numpy().tolist())
    for sentence in comparison.conclusions():
        print_line(sentence)
    for sentence in [*comparison.failures(), *comparison.protocol.get("confounds", [])]:
        print_line(sentence)
    facts = comparison.protocol
    print_line(
        f"{facts['clips']} clips, {facts['genres']} genres (chance {1 / facts['genres']:.2f}); "
        f"{facts['split']} over clips, random_state={facts['random_state']}; scores are means "
        f"± standard deviation over folds. Tests: {facts['tests']}; intervals and p-values hold "
        f"for all pairs at once."
    )


def _print_gap(name: str, gap: Any) -> None:
    scores, gaps = gap.tables()
    for table in (scores, gaps):
        print_table(list(table.columns), table.to_numpy().tolist(), n_left=2)
    print_line(f"{name}: {gap.conclusion()}")


def _import_figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "--confusion needs matplotlib: pip install 'skgenre[plot]', or leave it out."
        ) from error
    return Figure


def _draw_confusion(comparison: Any, name: str, path: Path) -> None:
    import numpy as np
    from sklearn.metrics import ConfusionMatrixDisplay

    from ..inspection._axes import label_of

    held_out = comparison.predictions.query("pipeline == @name")
    n_genres = held_out["target"].nunique()
    side = max(4.0, 1.5 + 0.55 * n_genres)
    figure = _import_figure()(figsize=(side + 1.0, side), layout="constrained")
    axes = figure.subplots()
    target, predicted = (held_out[name].to_numpy().astype(str) for name in ("target", "predicted"))
    genres = np.union1d(target, predicted)
    ConfusionMatrixDisplay.from_predictions(
        target,
        predicted,
        labels=genres,
        display_labels=[label_of(genre) for genre in genres],
        normalize="true",
        values_format=".2f",
        xticks_rotation=45,
        cmap="Blues",
        ax=axes,
    )
    axes.set_title(f"{name}: share of each genre's held-out clips")
    figure.savefig(path, dpi=120)
