"""Sphinx configuration. The build needs no network: there is no intersphinx."""

import os

# The build runs the examples: no display, and one thread a process.
os.environ.setdefault("MPLBACKEND", "Agg")

import importlib
import sys
import warnings
from pathlib import Path

# For the extensions of this folder, and in the processes that run the examples.
DOCS = str(Path(__file__).parent)
sys.path.insert(0, DOCS)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [DOCS, os.environ.get("PYTHONPATH")]))

from _gallery import ORDER

import skgenre
from skgenre._public import source_module

# A process that runs examples is replaced when it has grown: nothing to mend.
warnings.filterwarnings("ignore", message="A worker stopped while some jobs")

project = "skgenre"
copyright = "2026, the skgenre developers"
author = "The skgenre developers"
release = version = skgenre.__version__

extensions = [
    "_cheat_sheet",
    "_figures",
    "_parameters",
    "_pictures",
    "_redirects",
    "_results",
    "_site",
    "_tables",
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
# Every reference to a name of this package must lead to its page. Those to other projects can't be
# checked without the network.
nitpicky = True
OTHERS = (
    "collections joblib librosa matplotlib np numpy os pathlib pd pandas scipy sklearn skorch torch"
)
nitpick_ignore_regex = [
    ("py:.*", rf"({'|'.join(OTHERS.split())})\..*"),
    # Names in annotations that are imported for type checkers alone: of others, and private ones.
    (
        "py:class",
        r"Axes|Client|Pipeline|TrainingNet|skgenre\.model_selection\._compare\.scoring\.Scoring",
    ),
    ("py:class", r"skgenre\.datasets\._bunch\.Bunch"),  # scikit-learn's, with a short repr
]

# sphinx-gallery looks for spaces in the whole path of an example, so in that of the checkout.
suppress_warnings = ["sphinx_gallery.space_in_filename"]

autosummary_generate = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
maximum_signature_line_length = 79  # else each parameter has a line
numpydoc_show_class_members = False
numpydoc_validation_checks = {"GL01", "GL02", "GL03", "GL08", "PR01", "PR02", "RT01", "SS01"}

linkcheck_anchors = False  # sites that build their pages in the browser have none
linkcheck_timeout = 20
linkcheck_ignore = [r"https?://(localhost|127\.0\.0\.1)"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Old pages, each with the page that has its content now.
moved_pages = {
    "user_guide/faq": "faq",
    "user_guide/features_and_cost": "user_guide/features",
    "user_guide/how_to_compare": "user_guide/evaluation",
    "user_guide/model_selection": "user_guide/evaluation",
    "user_guide/works_with": "user_guide/other_programs",
}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": "/plot_",
    "subsection_order": [f"../examples/{group}" for group in ORDER],
    "within_subsection_order": "_gallery.Order",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
    "abort_on_example_error": True,
    "backreferences_dir": "gallery/backreferences",  # for "Used in" of the API reference
    "doc_module": ("skgenre",),
    "ignore_repr_types": r"matplotlib|skgenre\.inspection",  # the plot is shown instead
    "reset_modules": ("matplotlib", "_gallery.reset_style"),
    "parallel": 2,
}

html_theme = "pydata_sphinx_theme"
html_title = f"skgenre {release}"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_css_files = ["skgenre.css"]
html_js_files = [("skgenre.js", {"priority": 100, "defer": "defer"})]
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "skgenre"},
    "switcher": {"json_url": "../switcher.json", "version_match": version},
    "check_switcher": False,  # `make docs` writes it next to the pages
    "navbar_end": ["version-switcher", "theme-switcher", "navbar-icon-links"],
    "footer_start": ["copyright", "downloads"],
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 6,
}
WITHOUT_OTHERS = (
    "index getting_started user_guide/results faq glossary cheat_sheet citation changelog"
)
html_sidebars = {page: [] for page in WITHOUT_OTHERS.split()}


def find_source(app, module, name):
    """Return the module that defines a public name, for its [source] link.

    viewcode goes by ``__module__``, which is the package that users import the name from.
    """
    item = getattr(importlib.import_module(module), name.partition(".")[0], None)
    return None if item is None else source_module(item)


def setup(app):
    app.connect("viewcode-follow-imported", find_source)
