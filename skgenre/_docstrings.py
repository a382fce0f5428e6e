"""Complete the docstrings of classes: each parameter is described once, in the class it is from."""

import functools
import inspect
import re
from collections.abc import Callable
from typing import TypeVar

Class = TypeVar("Class", bound=type)

_PACKAGE = __name__.partition(".")[0]


def inherit_docs(*others: type) -> Callable[[Class], Class]:
    """Complete a class's docstring with the parameters and attributes that it leaves out.

    A parameter is described as in the first of `others`, or else of the base classes, that does,
    with the default of this class's signature. Parameters are in the order of the signature; own
    attributes precede inherited ones. A public method without a docstring gets that of the method
    that it overrides.

    Parameters
    ----------
    *others : type
        Classes with parameters of the same meaning, in front of the base classes.

    Returns
    -------
    callable
        A class decorator.

    Raises
    ------
    TypeError
        When the class is made: if no class describes a parameter, or if the docstring describes one
        that is not in the signature.

    Examples
    --------
    >>> class Band:
    ...     '''A band.
    ...
    ...     Parameters
    ...     ----------
    ...     fmin : float, default=0.0
    ...         Lowest frequency, in Hz.
    ...     '''
    >>> @inherit_docs(Band)
    ... class Bands:
    ...     '''Several bands.
    ...
    ...     Parameters
    ...     ----------
    ...     n_bands : int
    ...         Number of bands.
    ...     '''
    ...
    ...     def __init__(self, n_bands, *, fmin=30.0):
    ...         pass
    >>> Bands.__doc__.splitlines()[6]
    'fmin : float, default=30.0'
    """

    def complete(kind: Class) -> Class:
        if kind.__doc__ is None:  # python -OO
            return kind
        sections = _split(kind.__doc__)
        bases = [base for base in kind.__mro__[1:] if base.__module__.startswith(_PACKAGE)]
        own = _entries(kind.__doc__, "Parameters")
        inherited = _collect([*others, *bases], "Parameters")
        attributes = _collect([kind, *bases], "Attributes")
        completed = {
            "": sections.pop(""),
            "Parameters": "\n".join(_in_order(kind, own, inherited)),
            "Attributes": "\n".join(dict.fromkeys(attributes.values())),
        }
        sections = {**completed, **{t: body for t, body in sections.items() if t not in completed}}
        kind.__doc__ = "\n\n".join(
            f"{title}\n{'-' * len(title)}\n{body}" if title else body
            for title, body in sections.items()
            if body
        )
        kind.__doc__ += "\n"
        owners: list[type] = [kind, *bases]
        for number, owner in enumerate(owners, start=1):
            _complete_methods(owner, owners[number:])
        return kind

    return complete


def _complete_methods(kind: type, bases: list[type]) -> None:
    for name, method in vars(kind).items():
        if inspect.isfunction(method) and not (name.startswith("_") or method.__doc__):
            overridden = (vars(base).get(name) for base in bases)
            method.__doc__ = next((m.__doc__ for m in overridden if m and m.__doc__), None)


def _in_order(kind: type, own: dict[str, str], inherited: dict[str, str]) -> list[str]:
    """Return the texts of a class's parameters in the order of its signature."""
    parameters = inspect.signature(kind).parameters
    texts: dict[str, str] = {}
    for name, parameter in parameters.items():
        if name in own:
            texts.setdefault(own[name], own[name])
        elif name in inherited:
            # Of several names in one entry, the first has the default of all.
            texts.setdefault(inherited[name], _with_default(inherited[name], parameter))
        else:
            raise TypeError(f"{kind.__qualname__}: no class describes the parameter {name!r}.")
    if unknown := own.keys() - parameters.keys():
        raise TypeError(f"{kind.__qualname__} describes {sorted(unknown)}, which it does not have.")
    return list(texts.values())


def _with_default(text: str, parameter: inspect.Parameter) -> str:
    header, newline, body = text.partition("\n")
    header = re.sub(", default=.*", "", header)
    if parameter.default is not parameter.empty:
        header += f", default={parameter.default!r}".replace("'", '"')
    return header + newline + body


def _collect(kinds: list[type], title: str) -> dict[str, str]:
    """Return the entries of several classes; of two with one name, the first."""
    entries: dict[str, str] = {}
    for kind in kinds:
        for name, text in _entries(kind.__doc__, title).items():
            entries.setdefault(name, text)
    return entries


@functools.cache
def _entries(doc: str | None, title: str) -> dict[str, str]:
    """Return the entries of a section by name; one of several names is there under each."""
    body = _split(doc or "").get(title, "")
    entries = {}
    for text in re.split(r"\n(?=\S)", body) if body else []:
        for name in text.partition(" : ")[0].split(", "):
            entries[name] = text.rstrip()
    return entries


def _split(doc: str) -> dict[str, str]:
    """Split a docstring into its sections by title; that before the first has none."""
    parts = re.split(r"^(\w.*)\n-{3,}\n", inspect.cleandoc(doc), flags=re.MULTILINE)
    titles, bodies = ["", *parts[1::2]], parts[::2]
    return {title: body.strip("\n") for title, body in zip(titles, bodies, strict=True)}
