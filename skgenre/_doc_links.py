"""Addresses of the documentation, for the "?" in the diagrams of estimators."""

import os
import re
from functools import cache
from typing import Any

_VARIABLE = "SKGENRE_DOCS"
# Text that can stand in an attribute of HTML without an escape.
_ADDRESS = re.compile(r"(?:https?|file)://[\w@%+.,:~/-]+|[\w@%+.,~/-]+", re.ASCII)


def link_params_of(estimator: Any, *_: Any) -> dict[str, str]:
    """Return the values of an estimator's link, as scikit-learn asks for them.

    Parameters
    ----------
    estimator : estimator
        A public class of skgenre has a page. Any other gets no link.
    *_ : object
        Nothing, or the estimator again, which some versions of scikit-learn pass.

    Returns
    -------
    dict
        ``address``, "" without a page.
    """
    kind = type(estimator)
    root = _docs_root() if "_module_source" in vars(kind) else ""
    page = f"{root}/api/generated/{kind.__module__}.{kind.__name__}.html"
    return {"address": page if root else ""}


def _docs_root() -> str:
    """Return the address of the documentation's folder, "" if there is none."""
    address = os.environ.get(_VARIABLE) or _address_of_project()
    return address.rstrip("/") if _ADDRESS.fullmatch(address) else ""


@cache
def _address_of_project() -> str:
    """Return the address that the package's metadata has for the documentation."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("skgenre").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named = (url.partition(",") for url in urls)
    return next((url.strip() for name, _, url in named if name.strip() == "Documentation"), "")
