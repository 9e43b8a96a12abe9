"""Sphinx configuration: MyST Markdown, numpydoc-style API pages."""

from deserts.version import __version__

project = "deserts"
author = "The deserts maintainers"
copyright = "2026, The deserts maintainers"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "Who can refill this patient's pump?", "page_width": "1100px"}
napoleon_google_docstring = False
autodoc_typehints = "signature"
suppress_warnings = ["myst.header"]
