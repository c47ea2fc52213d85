"""The template as plain data, its short tags written out as CloudFormation's long form."""

from typing import Any

import yaml

from recipe.target import ROOT

Resource = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags: `!Ref X` becomes `{"Ref": "X"}`, `!Sub x` becomes `{"Fn::Sub": "x"}`."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = "Ref" if suffix == "Ref" else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode), f"!{suffix} of something other than text or a list"
    return {name: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _long_form)

TEMPLATE: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=_Loader)


def resources(kind: str) -> dict[str, Resource]:
    """The properties of all resources of a kind such as `S3::Bucket`, by their logical names."""
    held = TEMPLATE["Resources"].items()
    return {name: resource["Properties"] for name, resource in held if resource["Type"] == f"AWS::{kind}"}


FUNCTIONS = resources("Serverless::Function")


def statements(function: str) -> dict[str, Resource]:
    """What a function's role always allows, by the statements' ids."""
    return {held["Sid"]: held for held in _statements(function) if "Sid" in held}


def conditional_statements(function: str) -> dict[str, Resource]:
    """What a function's role allows only under a condition of the template, by the conditions' names."""
    held = [statement["Fn::If"] for statement in _statements(function) if "Fn::If" in statement]
    assert all(otherwise == {"Ref": "AWS::NoValue"} for _, _, otherwise in held)
    return {condition: statement for condition, statement, _ in held}


def _statements(function: str) -> list[Resource]:
    return [statement for policy in FUNCTIONS[function]["Policies"] for statement in policy.get("Statement", [])]


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
