"""Datatypes, and JSON tensors to and from numpy. Importing the package itself imports no numpy."""
