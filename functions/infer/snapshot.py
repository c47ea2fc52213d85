"""SnapStart: the process goes on from a snapshot of its memory, in several places at once and perhaps weeks later.

What the deployment names was loaded while this function was initialised, and thus is part of the snapshot. Time, the
connections and the credentials of then are not to be trusted.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import sys

from snapshot_restore_py import register_after_restore, register_before_snapshot  # type: ignore[import-untyped]

from modelet.predict import Models
from modelet.store import open_store


def register(models: Models) -> None:
    """Have the runtime prepare these models for the snapshot, and for each time that it is restored."""
    register_before_snapshot(models.compact)
    register_after_restore(restore, models)


def restore(models: Models) -> None:
    """Find out anew who we are, for the environment says it now, and read the aliases before the next answer.

    Traffic is split by the kernel's random numbers, which differ by themselves. Models that draw random numbers, by
    operators like RandomNormal, draw other ones in each environment that loads them, for the runtime seeds them by the
    clock. Of one that is part of the snapshot all environments draw the same: it should be left out of MODELET_PRELOAD.
    """
    models.renew(open_store(models.settings.store))
    random = sys.modules.get("random")  # of whoever may have imported it
    if random:
        random.seed()
