"""The template as plain data, its short tags written out as CloudFormation's long form."""

from typing import Any

import yaml

from recipe.target import ROOT

Resource = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags: `!Ref X` becomes `{"Ref": "X"}`, `!Sub x` becomes `{"Fn::Sub": "x"}`."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.ScalarNode), f"!{suffix} of something other than text"
    return {"Ref" if suffix == "Ref" else f"Fn::{suffix}": loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _long_form)

TEMPLATE: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=_Loader)


def resources(kind: str) -> dict[str, Resource]:
    """The properties of all resources of a kind such as `S3::Bucket`, by their logical names."""
    held = TEMPLATE["Resources"].items()
    return {name: resource["Properties"] for name, resource in held if resource["Type"] == f"AWS::{kind}"}


FUNCTIONS = resources("Serverless::Function")


def statements(function: str) -> dict[str, Resource]:
    """What a function's role allows, by the statements' ids."""
    policies = FUNCTIONS[function]["Policies"]
    return {statement["Sid"]: statement for policy in policies for statement in policy.get("Statement", [])}


def reach(function: str, action: str) -> set[str]:
    """Where in the bucket a function may do something."""
    return {
        place.get("Fn::Sub", place.get("Fn::GetAtt", "")).removeprefix("${ModelBucket.Arn}/")
        for statement in statements(function).values()
        if action in _listed(statement["Action"])
        for place in _listed(statement["Resource"])
    }


def _listed(held: Any) -> list[Any]:
    return held if isinstance(held, list) else [held]
