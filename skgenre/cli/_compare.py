"""``skgenre compare``: several models on the same folds."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from .._cluster import joblib_on
from .._shown_text import show
from .._urls import as_path
from ._comparison_output import (
    ComparisonFormat,
    ComparisonOutput,
    Confusion,
    FormatOption,
    Html,
    Out,
    Predictions,
    Quiet,
    Result,
)
from ._console import prints_aside, quiet_messages, say
from ._folds import (
    MULTILABEL_SCORES,
    N_FOLDS,
    SCORES,
    CvOption,
    Repeats,
    Scoring,
    choose_folds,
)
from ._model_file import check_model_name, write_model
from ._models import (
    DEFAULT_MODELS,
    MODELS_HELP,
    check_takes,
    fit_on_all,
    forget_run_settings,
    make_model,
    parse_models,
)
from ._music import (
    HeldOut,
    HeldOutOption,
    Layout,
    LayoutOption,
    compose_music,
    read_music,
)
from ._options import Epochs, RandomState, Scheduler
from ._tracks import (
    Check,
    FileCheck,
    GenreColumn,
    GenreColumns,
    GenreSeparator,
    Group,
    PathColumn,
    Root,
    SkipBadFiles,
    SplitColumn,
    Wanted,
    add_left_out,
    write_left_out,
)

# Clips of synthetic music: enough for significant differences in about a minute.
N_CLIPS = 200
DURATION = 10.0

EXAMPLES = """Examples:

skgenre compare

skgenre compare genres/ --models fast,svm,best --cv 5 --repeats 3 --out results.csv

skgenre compare genres/ --scoring f1_macro,accuracy,map_at_3 --html report.html --memory cache/

skgenre compare genres/ --models svm,mymodels.py:tiny,yaacob2020-crnn

skgenre compare gtzan/ --layout gtzan --held-out valid --leakage-gap --html report.html

skgenre compare genres/ --group artist --confusion confusion.png --save best.skops

skgenre compare tracks.csv --group artist --held-out test --skip-bad-files

skgenre compare tracks.csv --split-column fold

skgenre compare tracks.csv --genre-separator ";" --models cnn,xgb --group artist

skgenre compare tracks.csv --scheduler tcp://10.0.0.5:8786 --memory /shared/cache
"""


def compare(
    folder: Annotated[
        str | None,
        typer.Argument(
            help="Folder with one subfolder of sound files per genre, or a table of tracks (.csv, "
            ".parquet), or its URL. Default: synthetic music.",
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
    cv: CvOption = None,
    repeats: Repeats = None,
    scoring: Scoring = None,
    format: FormatOption = ComparisonFormat.table,  # noqa: A002
    quiet: Quiet = False,
    out: Out = None,
    html: Html = None,
    predictions: Predictions = None,
    result: Result = None,
    confusion: Confusion = None,
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
            help="Fit the best model on all clips and save it to this file, with its scores.",
            show_default=False,
        ),
    ] = None,
    skip_bad_files: SkipBadFiles = False,
    check: Check = FileCheck.quick,
    path_column: PathColumn = None,
    genre_column: GenreColumn = None,
    genre_separator: GenreSeparator = None,
    genre_columns: GenreColumns = None,
    split_column: SplitColumn = None,
    root: Root = None,
    epochs: Epochs = None,
    jobs: Annotated[int, typer.Option(help="Number of processes; -1 uses all cores.")] = 1,
    scheduler: Scheduler = None,
    memory: Annotated[
        Path | None,
        typer.Option(
            help="Cache folder for computed features and finished folds; with --scheduler, one "
            "that all machines share.",
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

    with quiet_messages(quiet), ExitStack() as stack:
        output = ComparisonOutput(format, out, html, predictions, result, confusion)
        source = None if folder is None else as_path(folder)
        output.check(save, source=source)
        if save is not None:
            check_model_name(save)
        folds, n_repeats, split = choose_folds(cv, repeats, held_out, split_column)
        wanted = Wanted(
            *(path_column, genre_column, group, split_column, root, check),
            skips=skip_bad_files,
            genre_separator=genre_separator,
            genre_columns=genre_columns,
        )
        stack.enter_context(joblib_on(scheduler))
        if source is None:
            wanted.refuse_for_folder()
            _refuse_without_folder(layout, group, held_out)
            music = compose_music(
                clips or N_CLIPS, duration or DURATION, genres, folds, random_state, jobs
            )
        else:
            _refuse_with_folder(clips=clips, duration=duration, genres=genres)
            music = read_music(source, layout, wanted, held_out, folds)
        if folds == "group" and music.groups is None:
            raise typer.BadParameter(
                "there are no groups to keep together. Name them with --group, such as "
                "--group artist, or use --cv stratified.",
                param_hint="--cv group",
            )
        if music.hint:
            say(music.hint)
        say(f"Comparing {models.replace(',', ', ')} on {music.source}, {split}")
        pipelines = {
            name: make_model(name, epochs=epochs, random_state=random_state)
            for name in models.split(",")
        }
        is_multilabel = hasattr(music.y, "columns")
        for name, pipeline in pipelines.items():
            check_takes(name, pipeline, music.y, "--models")
        if is_multilabel:
            output.refuse_confusion()
        if scoring is None:
            scoring = MULTILABEL_SCORES if is_multilabel else SCORES
        with prints_aside():  # a user's model may print
            comparison = compare_pipelines(
                pipelines,
                music.X,
                music.y,
                groups=music.groups,
                cv=music.cv,
                repeats=n_repeats,
                scoring=scoring.split(","),
                n_jobs=jobs,
                random_state=random_state,
                memory=memory,
                resume=resume,
                verbose=int(not quiet),
            )
        add_left_out(comparison, wanted)
        output.begin(comparison)
        best = comparison.summary.index[0]
        gaps, fault = {}, None
        if leakage_gap:
            torn = _best_that_votes(comparison.summary.index, pipelines)
            say(f"Scoring {torn} under splits that leak ...")
            model = make_model(torn, epochs=epochs, random_state=random_state, memory=memory)
            try:
                with prints_aside():
                    gaps[torn] = measure_gap(
                        model,
                        music.X,
                        music.y,
                        groups=music.groups,
                        cv=N_FOLDS if isinstance(music.cv, str) else music.cv,
                        n_jobs=jobs,
                        random_state=random_state,
                    )
            except (TypeError, ValueError) as error:  # finished results are written first
                fault = error
        output.end(comparison, gaps)
        output.write(comparison, f"Models compared on {music.source}", gaps)
        write_left_out(wanted, out)
        if save is not None:
            say(f"Fitting {best} on all clips ...")
            model = make_model(best, epochs=epochs, random_state=random_state, memory=memory)
            with prints_aside():
                fit_on_all(model, music.X, music.y, music.groups)
            has_scores = comparison.summary.loc[best, comparison.scores].notna().any()
            evaluation = comparison.evaluation(best) if has_scores else None
            size = write_model(forget_run_settings(model), save, evaluation)
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
