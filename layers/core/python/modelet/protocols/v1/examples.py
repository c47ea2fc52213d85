"""TensorFlow Serving's examples: features by name, some of which may be common to all as their context; answered by a
score for each class, or by one number.
"""

from collections.abc import Callable
from math import prod
from typing import Any

from modelet.errors import InvalidInput, InvalidRequest
from modelet.manifest import Manifest, TensorSpec
from modelet.manifest.columns import is_matrix
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols.body import json_response, parse_object, served_by
from modelet.protocols.rows import Tensors, Value, is_object, to_tensor
from modelet.protocols.v1.predict import SIGNATURE, ask, check_signature
from modelet.registry.names import LIVE
from modelet.tensors.nested import to_json

CLASSIFICATION = (SIGNATURE, "classification", "tensorflow/serving/classify")
REGRESSION = (SIGNATURE, "regression", "tensorflow/serving/regress")
"""What exporters call the signatures for these two verbs."""

_FLOATS = ("FP16", "FP32", "FP64")

Example = dict[str, Any]


def classify(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """POST /v1/models/{model}[/versions/{ref} or /labels/{ref}]:classify: a list of [label, score] for each example, in
    the order of the classes.
    """
    examples = Examples(_read(request, CLASSIFICATION), _find_scores)
    answer = ask(models, examples, (model, ref))
    scores = answer.outputs[examples.output]
    labels = _labels(examples.manifest, examples.output, scores.shape[-1])
    results = [[[label, to_json(score)] for label, score in zip(labels, row, strict=True)] for row in scores]
    return json_response({"results": results}, headers=served_by(answer), non_finite=answer.non_finite)


def regress(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """POST /v1/models/{model}[/versions/{ref} or /labels/{ref}]:regress: one number for each example."""
    examples = Examples(_read(request, REGRESSION), _find_values)
    answer = ask(models, examples, (model, ref))
    held = {"results": answer.outputs[examples.output].reshape(-1)}
    return json_response(held, headers=served_by(answer), non_finite=answer.non_finite)


class Examples:
    """The examples of one request, which are tensors only to the version that answers: its manifest and the name of
    the output that holds the results are known from then on.
    """

    def __init__(self, examples: list[Example], find: Callable[[Manifest], str]) -> None:
        """`find` names the output, or raises InvalidRequest."""
        self._examples = examples
        self._find = find
        self.manifest: Manifest
        self.output: str

    def arrange(self, manifest: Manifest) -> Tensors:
        """The tensors by input name; raises InvalidInput naming a feature that differs between examples."""
        self.manifest, self.output = manifest, self._find(manifest)
        specs = {spec.name: spec for spec in manifest.signature.inputs}
        first = self._examples[0]
        if manifest.columns and is_matrix(manifest.signature) and not specs.keys() & first.keys():
            from modelet.protocols.invocations.frames import frame_of_records, tensors_of

            records = [{name: _alone(value) for name, value in example.items()} for example in self._examples]
            return tensors_of(frame_of_records(records), manifest)
        return {name: _feature([example[name] for example in self._examples], name, specs.get(name)) for name in first}


def _read(request: HttpRequest, signatures: tuple[str, ...]) -> list[Example]:
    body = parse_object(request)
    check_signature(body, *signatures)
    examples, context = body.get("examples"), body.get("context", {})
    if not isinstance(examples, list) or not examples or not all(map(is_object, examples)):
        raise InvalidRequest("The request needs 'examples', a list of at least one object of features by name.")
    if not is_object(context):
        raise InvalidRequest("The request's 'context' must be an object of features by name.")
    for index, example in enumerate(examples):
        if example.keys() != examples[0].keys():
            odd = min(example.keys() ^ examples[0].keys())
            raise InvalidInput(f"Feature {odd!r:.200} is in only one of the examples 0 and {index}.")
        if context.keys() & example.keys():
            odd = min(context.keys() & example.keys())
            raise InvalidInput(f"Feature {odd!r:.200} is in the context, and so must not be in example {index}.")
    return [context | example for example in examples]


def _feature(values: list[Any], name: str, spec: TensorSpec | None) -> Value:
    # Features are flat lists, or one value without a list: the shape is the model's to say.
    flat = [value if isinstance(value, list) else [value] for value in values]
    sizes = [len(row) for row in flat]
    if len(set(sizes)) > 1:
        index = next(index for index, size in enumerate(sizes) if size != sizes[0])
        raise InvalidInput(
            f"Feature {name!r:.200} has {sizes[index]} values in example {index}, but {sizes[0]} in example 0."
        )
    row = _row_shape(spec, sizes[0])
    if row is None or any(isinstance(item, list) for item in flat[0]):
        return to_tensor(name, values, spec)
    tensor = to_tensor(name, [item for row in flat for item in row], spec)
    return tensor._replace(shape=(len(flat), *row))


def _row_shape(spec: TensorSpec | None, size: int) -> list[int] | None:
    # None where it cannot be known, or cannot be: what is wrong is said where shapes are checked.
    if spec is None or not spec.shape:
        return None
    row = list(spec.shape[1:])
    rest = prod(length for length in row if length >= 0)
    if row.count(-1) == 1 and rest:
        row[row.index(-1)] = size // rest
    return row if prod(row) == size and min(row, default=0) >= 0 else None


def _alone(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _find_scores(manifest: Manifest) -> str:
    known = [spec.name for spec in _floats(manifest) if len(spec.shape or ()) == 2]
    labelled = [name for name in known if name in manifest.labels]
    found = labelled or [spec.name for spec in _floats(manifest) if spec.name in known and not _is_single(spec)]
    if len(found) != 1:
        raise _no_output(manifest, "classes", "a floating-point output of shape [examples, classes]")
    return found[0]


def _find_values(manifest: Manifest) -> str:
    found = [spec.name for spec in _floats(manifest) if _is_single(spec)]
    if len(found) != 1:
        raise _no_output(manifest, "a value", "a floating-point output of shape [examples] or [examples, 1]")
    return found[0]


def _floats(manifest: Manifest) -> list[TensorSpec]:
    return [spec for spec in manifest.signature.outputs if spec.datatype in _FLOATS]


def _is_single(spec: TensorSpec) -> bool:
    shape = spec.shape or ()
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def _no_output(manifest: Manifest, what: str, needed: str) -> InvalidRequest:
    has = ", ".join(f"{spec.name!r} ({spec.datatype} {list(spec.shape or ())})" for spec in manifest.signature.outputs)
    return InvalidRequest(
        f"Model {manifest.model!r} cannot be asked for {what}: that takes {needed}, and only one of them, but it has "
        f"{has}. Its predictions are at :predict."
    )


def _labels(manifest: Manifest, output: str, count: int) -> list[str]:
    known = [manifest.labels.get(output, []), *manifest.labels.values()]
    fitting = next((labels for labels in known if len(labels) == count), [""] * count)
    return [label if isinstance(label, str) else str(label) for label in fitting]
