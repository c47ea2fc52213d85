"""A local stand-in for an asynchronous invocation: `python -m modelet.jobs.process package.module.function EVENT` calls
the handler, and calls it again twice if it raises, as Lambda does.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
import sys
import time
import traceback
from importlib import import_module
from typing import Any

PAUSES = (1.0, 2.0)


def run(function: str, event: Any) -> int:
    """Call the handler until it returns, three times at most; answers the exit status."""
    module, _, name = function.rpartition(".")
    handler = getattr(import_module(module), name)
    for pause in (*PAUSES, None):
        try:
            handler(event, None)
            return 0
        except Exception:  # noqa: BLE001 - the boundary of the process: whatever it is, it is shown and tried again
            traceback.print_exc()
        if pause is not None:
            time.sleep(pause)
    return 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], json.loads(sys.argv[2])))
