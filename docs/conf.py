"""Sphinx configuration: ``make docs``."""

import re

from sphinx_gallery.sorting import ExplicitOrder

import sklearn_symbreak

project = "sklearn_symbreak"
author = "The sklearn_symbreak developers"
copyright = f"2026, {author}"
release = version = sklearn_symbreak.__version__
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples"]
html_theme = "pydata_sphinx_theme"
html_title = f"{project} {version}"
html_theme_options = {
    # As text, so that the name is one word.
    "logo": {"text": f"{project}&nbsp;{version}"},
    "icon_links": [],
    # More would not fit into one line.
    "header_links_before_dropdown": 3,
    "navbar_end": ["theme-switcher"],
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_show_sourcelink = False
templates_path = ["_templates"]
autosummary_generate = True
# Docstrings say what parameters are; hints would fill ten lines.
autodoc_typehints = "none"
numpydoc_show_class_members = False
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseEstimator,RegressorMixin,TransformerMixin,ABC",
    "exclude-members": ",".join(
        f"set_{method}_request"
        for method in (
            "fit",
            "partial_fit",
            "predict",
            "score",
            "transform",
            "inverse_transform",
        )
    ),
}
# Docstrings inherited from scikit-learn refer to its user guide.
suppress_warnings = ["ref.ref"]
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
    "download_all_examples": False,
    # What is printed, and not what the last line of a block happens to return.
    "capture_repr": (),
    # From the problem to what to do about it, and on to special cases.
    "within_subsection_order": ExplicitOrder(
        [
            "plot_square_root.py",
            "plot_ambiguity.py",
            "plot_strategies.py",
            "plot_grid_search.py",
            "plot_symmetric_pose.py",
            "plot_own_group.py",
            "plot_images.py",
            "plot_success_curves.py",
            "plot_training_history.py",
            "*",
        ]
    ),
}


def escape_stars(app, what, name, obj, options, lines):
    """Keep the star of shapes like (n_samples, *signal_shape) from meaning emphasis."""
    for position, line in enumerate(lines):
        lines[position] = re.sub(
            r"``.*?``|`.*?`|\*(?=[a-z]+_shape)",
            lambda match: r"\*" if match[0] == "*" else match[0],
            line,
        )


def setup(app):
    """Connect the hook, before that of numpydoc."""
    app.connect("autodoc-process-docstring", escape_stars, priority=400)
