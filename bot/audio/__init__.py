"""Audio files: fetch them, make them fit a limit, name them, keep them.

The doors are the modules: `download`, `workshop` (with the values of `fit`), `naming`, `shelf`.
This package imports nothing by itself, so that the children which handle strangers' files load
only what they need.
"""
