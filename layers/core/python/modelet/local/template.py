"""Reads the functions, their routes and their literal settings from `template.yaml`: the only route table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TIMEOUT_SECONDS = 3  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
MEMORY_MB = 128  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
DEFAULT_ROUTE = "$default"


@dataclass(frozen=True, slots=True)
class Function:
    """One AWS::Serverless::Function: `routes` are route keys such as `ANY /models/{proxy+}` or `$default`, `variables`
    the environment variables that are plain text in the template. `timeout` is in seconds, `memory` in MB.
    """

    name: str
    handler: str
    routes: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    timeout: int = TIMEOUT_SECONDS
    memory: int = MEMORY_MB


class _Intrinsic:
    """A value that only CloudFormation knows: `!Ref`, `!Sub`, `!If` and the like."""


class _Loader(yaml.BaseLoader):
    """YAML with CloudFormation's tags; every plain value stays the text that it is, as CloudFormation passes it on."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: _Intrinsic())


def read_functions(template: Path) -> tuple[Function, ...]:
    """Every function of the template that has a Python handler, in the template's order."""
    # A subclass of the safest loader of all, which makes nothing but text, lists and mappings.
    document = yaml.load(template.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    shared = _mapping(_mapping(document.get("Globals")).get("Function"))
    resources = _mapping(document.get("Resources")).items()
    functions = ((name, r["Properties"]) for name, r in resources if r.get("Type") == "AWS::Serverless::Function")
    return tuple(_function(name, own, shared) for name, own in functions if isinstance(own.get("Handler"), str))


def _function(name: str, own: dict[str, Any], shared: dict[str, Any]) -> Function:
    return Function(
        name=name,
        handler=own["Handler"],
        routes=tuple(_routes(own)),
        variables=_literals(shared) | _literals(own),
        timeout=_number(own.get("Timeout", shared.get("Timeout")), TIMEOUT_SECONDS),
        memory=_number(own.get("MemorySize", shared.get("MemorySize")), MEMORY_MB),
    )


def _routes(properties: dict[str, Any]) -> Iterator[str]:
    for event in _mapping(properties.get("Events")).values():
        if event.get("Type") == "HttpApi":
            route = _mapping(event.get("Properties"))
            path = route.get("Path", DEFAULT_ROUTE)
            yield path if path == DEFAULT_ROUTE else f"{route.get('Method', 'ANY').upper()} {path}"


def _literals(properties: dict[str, Any]) -> dict[str, str]:
    variables = _mapping(_mapping(properties.get("Environment")).get("Variables"))
    return {name: value for name, value in variables.items() if isinstance(value, str)}


def _number(value: Any, default: int) -> int:
    return int(value) if isinstance(value, str) else default


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
