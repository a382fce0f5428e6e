"""A parameter that is a dict of keyword arguments, each of them searchable by name."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator


class DictParams(BaseEstimator):
    """Base of estimators with a dict of keyword arguments for a function or class of the user.

    For ``_dict_parameter = "kw_args"``, ``set_params(kw_args__width=3)`` puts a new dict in place
    of the old one, which may be the caller's, or of None.
    """

    _dict_parameter: ClassVar[str]
    # The parameter that is the function or class.
    _dict_function: ClassVar[str]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters, with `deep` also the entries of the dict.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include nested parameters.

        Returns
        -------
        dict
            Parameters by name.
        """
        parameters = super().get_params(deep)
        entries = parameters.get(self._dict_parameter)
        if deep and isinstance(entries, Mapping):
            for name, value in entries.items():
                parameters[f"{self._dict_parameter}__{name}"] = value
        return parameters

    def set_params(self, **params: Any) -> Self:
        """Set parameters, or single entries of the dict.

        Parameters
        ----------
        **params : dict
            Parameters by name.

        Returns
        -------
        self
            The estimator.
        """
        prefix = f"{self._dict_parameter}__"
        entries = {
            name.removeprefix(prefix): params.pop(name)
            for name in list(params)
            if name.startswith(prefix) and self._dict_parameter in self._get_param_names()
        }
        foreign = f"{self._dict_function}__"
        for name in params:
            if name.startswith(foreign) and self._dict_function in self._get_param_names():
                raise ValueError(
                    f"{type(self).__name__} has no parameter {name!r}. Arguments of "
                    f"{self._dict_function!r} are set as {prefix}{name.removeprefix(foreign)}."
                )
        super().set_params(**params)
        if entries:
            old = getattr(self, self._dict_parameter)
            setattr(self, self._dict_parameter, {**(old or {}), **entries})
        return self

    def _check_entries(self, function: Callable, role: str, reserved: Mapping[str, str]) -> None:
        """Refuse entries that `function` does not take, or that the estimator itself passes.

        Parameters
        ----------
        function : callable
            What the entries are passed to. If it has no signature, names are not checked.
        role : str
            The parameter that it is, for messages.
        reserved : mapping of str to str
            Names that the estimator passes, and what to set in place of each.
        """
        entries = getattr(self, self._dict_parameter) or {}
        parameters = parameters_of(function)
        known = [
            name
            for name, parameter in parameters.items()
            if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
            and name not in reserved
        ]
        is_open = not parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        for name in entries:
            if name in reserved:
                why = reserved[name]
            elif name in known or is_open:
                continue
            else:
                takes = f"takes {', '.join(known)}" if known else "takes no other arguments"
                why = f"{name_of(function)} {takes}"
            raise ValueError(
                f"The {self._dict_parameter!r} parameter of {type(self).__name__} has {name!r}, "
                f"which can't be passed to its {role!r}: {why}."
            )


def parameters_of(function: Callable) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a function or class; none if it has no signature."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # as of some built-in functions
        return {}


def name_of(function: Callable) -> str:
    """Return the name of a function or class, for messages."""
    return getattr(function, "__name__", None) or repr(function)
