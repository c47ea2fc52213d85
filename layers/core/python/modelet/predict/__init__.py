"""The use case: resolve a model's name and reference to a version, load it, fit the inputs to its signature, run it."""

from modelet.predict.models import Models

__all__ = ["Models"]
