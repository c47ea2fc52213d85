"""`python -m recipe layer NAME`, `function NAME`, `check`: what the Makefiles call."""

import argparse
from pathlib import Path

from recipe import artifact, checking
from recipe.target import HERE, PLATFORMS, Target, runtime_python


def main() -> None:
    """Build one artifact into a folder, or check a whole build."""
    parser = argparse.ArgumentParser(prog="python -m recipe", description=__doc__)
    parser.add_argument("what", choices=["layer", "function", "check"])
    parser.add_argument("name", nargs="?", help="the folder in layers/ or functions/")
    parser.add_argument("--into", type=Path, required=True, help="the artifact's folder; for check, that of the build")
    parser.add_argument("--arch", choices=sorted(PLATFORMS), default=HERE)
    parser.add_argument("--python", default=runtime_python(), help="default: the runtime of template.yaml")
    arguments = parser.parse_args()
    target = Target(arguments.python, arguments.arch)
    if arguments.what == "check":
        checking.check(arguments.into, target)
    elif arguments.name is None:
        parser.error(f"which {arguments.what}?")
    elif arguments.what == "layer":
        artifact.build_layer(arguments.name, target, arguments.into)
    else:
        artifact.build_function(arguments.name, target, arguments.into)


if __name__ == "__main__":
    main()
