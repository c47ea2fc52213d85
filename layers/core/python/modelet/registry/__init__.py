"""Versions and aliases on a store, by the object-store contract: immutable versions, one mutable alias document per
model.
"""
