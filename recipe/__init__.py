"""How the stack's functions and layers are built, whoever asks: `make build`, a plain `sam build`, and the tests.

The Makefile of each folder calls `python -m recipe`; SAM runs it and takes what it leaves in ARTIFACTS_DIR. No
container and no Python of the target's version is needed: wheels are installed for the target, not for this machine.
"""
