"""Docstrings that are completed from other classes."""

import inspect
import re
import subprocess
import sys

import pytest

from skgenre._docstrings import inherit_docs
from skgenre.features import AudioTransformer, MelSpectrogram, MFCCSegmenter
from skgenre.testing import all_estimators


class Base:
    """A base.

    Parameters
    ----------
    size, rate : int, default=3
        Size and rate,

        in two parts.
    kind : {"a", "b"}, default="a"
        Kind.

    Attributes
    ----------
    n_ : int
        Number.
    """


Base.__module__ = "skgenre.imagined"


def test_own_and_inherited_texts_are_in_the_order_of_the_signature():
    class Other:
        """Another.

        Parameters
        ----------
        norm : float or None, default=1.0
            Norm.
        """

    @inherit_docs(Other)
    class Own(Base):
        """Own.

        With a text.

        Parameters
        ----------
        gain : float, default=2.0
            Gain.

        Attributes
        ----------
        own_ : int
            Own number.

        See Also
        --------
        Base : The base.
        """

        def __init__(self, size=5, *, norm=None, rate=5, gain=2.0, kind="b"):
            pass

    assert inspect.getdoc(Own) == inspect.cleandoc(
        """Own.

        With a text.

        Parameters
        ----------
        size, rate : int, default=5
            Size and rate,

            in two parts.
        norm : float or None, default=None
            Norm.
        gain : float, default=2.0
            Gain.
        kind : {"a", "b"}, default="b"
            Kind.

        Attributes
        ----------
        own_ : int
            Own number.
        n_ : int
            Number.

        See Also
        --------
        Base : The base.
        """
    )


def test_a_docstring_without_sections_gets_them():
    @inherit_docs()
    class Own(Base):
        """Own."""

        def __init__(self, kind="a"):
            pass

    assert Own.__doc__.startswith('Own.\n\nParameters\n----------\nkind : {"a", "b"}, default="a"')
    assert Own.__doc__.endswith("n_ : int\n    Number.\n")


def test_a_parameter_without_a_text_and_a_text_without_a_parameter_are_errors():
    with pytest.raises(TypeError, match=r"Own: no class describes the parameter 'new'"):

        @inherit_docs()
        class Own(Base):
            """Own."""

            def __init__(self, new):
                pass

    with pytest.raises(TypeError, match=r"Old describes \['gone'\]"):

        @inherit_docs()
        class Old(Base):
            """Old.

            Parameters
            ----------
            gone : int
                Gone.
            """

            def __init__(self):
                pass


@pytest.mark.parametrize(("name", "estimator"), [*all_estimators(), ("base", AudioTransformer)])
def test_parameters_are_documented_in_order_and_with_their_defaults(name, estimator):
    section = re.split(r"\n\w[\w ]+\n---+\n", inspect.getdoc(estimator))[1]
    headers = re.findall(r"^(\w[\w, ]*) : (.*)$", section, re.MULTILINE)
    documented = {one: text for names, text in headers for one in names.split(", ")}
    parameters = inspect.signature(estimator).parameters
    assert list(documented) == list(parameters)
    for one, parameter in parameters.items():
        default = re.search(r"default=(.*)$", documented[one])
        if default and isinstance(parameter.default, float):
            assert float(default[1]) == parameter.default, one
        elif default and not isinstance(parameter.default, tuple):
            assert default[1].strip('"') == str(parameter.default), one


def test_the_text_of_a_shared_parameter_is_that_of_its_class():
    def text(kind, name):
        return re.search(rf"^{name} : .*\n((    .*\n)+)", inspect.getdoc(kind), re.MULTILINE)[1]

    assert text(MFCCSegmenter, "n_mels") == text(MelSpectrogram, "n_mels")
    assert text(MFCCSegmenter, "memory") == text(AudioTransformer, "memory")
    assert text(MFCCSegmenter, "top_db") != text(MelSpectrogram, "top_db")
    for kind in (MFCCSegmenter, MelSpectrogram):
        assert kind.compute.__doc__ == AudioTransformer.compute.__doc__


@pytest.mark.slow
def test_classes_without_docstrings_are_made_too():
    code = "import skgenre.features as f; print(f.MFCC().n_mels, f.MFCC.__doc__)"
    run = subprocess.run(
        [sys.executable, "-OO", "-c", code], capture_output=True, text=True, timeout=300
    )
    assert run.stdout == "128 None\n", run.stderr
