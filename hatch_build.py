"""Puts the stack's template into the wheel. `sources` in pyproject.toml can move folders but no single file, and a
plain force-include would also leave a copy beside an editable install, which would soon be stale.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TemplateHook(BuildHookInterface[Any]):
    """Adds template.yaml to a wheel that is not editable."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"]["template.yaml"] = "modelet/local/stack/template.yaml"
