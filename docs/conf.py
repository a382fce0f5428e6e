"""Sphinx configuration. The build needs no network: there is no intersphinx."""

import os

# The build runs the examples: no display, and one thread a process.
os.environ.setdefault("MPLBACKEND", "Agg")

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for _figures

import skgenre
from skgenre._public import source_module

project = "skgenre"
copyright = "2026, the skgenre developers"
author = "The skgenre developers"
release = version = skgenre.__version__

extensions = [
    "_figures",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "listings"]
templates_path = ["_templates"]
nitpicky = False

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_validation_checks = {"GL01", "GL02", "GL03", "GL08", "PR01", "PR02", "RT01", "SS01"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": "/plot_",
    "subsection_order": [
        f"../examples/{name}"
        for name in ("first_steps", "features", "models", "evaluation", "applications")
    ],
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "abort_on_example_error": True,
    "ignore_repr_types": r"matplotlib|skgenre\.inspection",  # the plot is shown instead
}

html_theme = "pydata_sphinx_theme"
html_title = f"skgenre {release}"
html_static_path = ["_static"]
html_css_files = ["skgenre.css"]
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {"index": [], "getting_started": []}


def find_source(app, module, name):
    """Return the module that defines a public name, for its [source] link.

    viewcode goes by ``__module__``, which is the package that users import the name from.
    """
    item = getattr(importlib.import_module(module), name.partition(".")[0], None)
    return None if item is None else source_module(item)


def setup(app):
    app.connect("viewcode-follow-imported", find_source)
