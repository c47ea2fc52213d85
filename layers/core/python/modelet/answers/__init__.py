"""Answers that outlive their request: kept for whoever repeats it, or for whoever comes back for them.

docs/decisions/0013-idempotent-and-long-predictions.md
"""
