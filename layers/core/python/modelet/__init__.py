"""The library under every function, job and command.

Importing it imports nothing else: a cold start pays only for the modules that it names.
"""

__version__ = "0.1.0"
