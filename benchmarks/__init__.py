"""How fast Modelet is, each figure against a competent baseline that is measured in the same run.

`python -m benchmarks` measures, `python -m benchmarks report` writes what was measured into docs/benchmarks.md.
"""
