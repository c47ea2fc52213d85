"""Other model servers, each a script for an environment of its own: `python SCRIPT MODEL PORT`, one worker.

Written as their documentation does it, with what it recommends for speed.
"""
