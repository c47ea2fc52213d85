"""The `modelet` command: one file per verb. Data goes to standard output, everything else to standard error."""

import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; a user's mistake is one sentence on standard error and an exit status, no traceback."""
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding cannot show is shown as an escape.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    as_json = "--json" in sys.argv
    try:
        from modelet.cli.app import app

        # Left to itself, it prints usage errors for people and ends the process.
        sys.exit(app(standalone_mode=not as_json))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get("MODELET_DEBUG"):
            raise
        from modelet.cli.failures import exit_status, report

        report(error, as_json)
        sys.exit(exit_status(error))
