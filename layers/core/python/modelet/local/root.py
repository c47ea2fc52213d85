"""Where the stack is: the checkout, or what an installed wheel carries of it."""

from pathlib import Path

from modelet.errors import InvalidSetting


def project_root() -> Path:
    """The folder that holds `template.yaml`, `functions` and `jobs`; raises InvalidSetting where there is none."""
    package = Path(__file__).parent
    for folder in (package / "stack", *package.parents):  # a wheel's own first: its environment may lie in a checkout
        if (folder / "template.yaml").is_file() and (folder / "functions").is_dir():
            return folder
    raise InvalidSetting("This installation of Modelet has no template.yaml: run it from a checkout or from a wheel.")
