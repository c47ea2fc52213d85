"""Jobs: what takes longer than a request. A record per job on the store, changed by compare-and-swap, and the seam that
starts the function which does the work.
"""
