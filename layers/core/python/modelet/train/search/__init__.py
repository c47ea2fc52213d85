"""Looking for the options of a job that do best on its learning rows, by cross-validation. The held-out rows are never
seen. The trials are the shards of a sharded job, so that a search goes on where it was interrupted.
"""
