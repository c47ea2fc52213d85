"""The `modelet` command: one file per verb. Data goes to standard output, everything else to standard error."""

import os
import sys

from modelet.cli.failures import exit_status, report


def main() -> None:
    """Run the command line; a user's mistake is one sentence on standard error and an exit status, no traceback."""
    from modelet.cli.app import app

    try:
        app()
    except Exception as error:
        if os.environ.get("MODELET_DEBUG"):
            raise
        report(error, as_json="--json" in sys.argv)
        sys.exit(exit_status(error))
