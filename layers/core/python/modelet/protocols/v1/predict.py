"""Predictions by rows or by columns, and explanations, which are refused until there are any."""

from typing import Any, NoReturn, Protocol

from modelet.errors import InvalidRequest, NotSupported
from modelet.manifest import Manifest
from modelet.messages import HttpRequest, HttpResponse, InferRequest, InferResponse
from modelet.predict import Models
from modelet.protocols.body import json_response, served_by
from modelet.protocols.rows import Columns, Rows, Tensors, columns_of, have_rows, is_object, rows_of
from modelet.protocols.tensors import parse_tensors
from modelet.registry.names import LIVE

SIGNATURE = "serving_default"


class Arranged(Protocol):
    """What a request holds, which is tensors only to the version that answers."""

    def arrange(self, manifest: Manifest) -> Tensors:
        """The tensors by input name."""


def predict(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """POST /v1/models/{model}[/versions/{ref} or /labels/{ref}]:predict."""
    body = parse_tensors(request)
    check_signature(body, SIGNATURE)
    if ("instances" in body) == ("inputs" in body):
        found = "both" if "inputs" in body else "neither"
        raise InvalidRequest(
            f"The request needs either 'instances', a list of rows, or 'inputs', tensors by input name; it has {found}."
        )
    if "instances" in body:
        return _answer_rows(models, Rows(body["instances"]), (model, ref))
    inputs = body["inputs"]
    if isinstance(inputs, list) and inputs and is_object(inputs[0]):
        return _answer_rows(models, Rows(inputs, "inputs"), (model, ref))
    columns = Columns(inputs)
    answer = ask(models, columns, (model, ref))
    held = {"outputs": columns_of(answer.outputs)}
    if not is_object(inputs):
        held["predictions"] = rows_of(answer.outputs) if have_rows(answer.outputs) else held["outputs"]
    return json_response(held, headers=served_by(answer), non_finite=answer.non_finite)


def explain(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> NoReturn:
    """POST /v1/models/{model}:explain: raises NotSupported for a model that there is."""
    version = models.resolve(model, ref).version
    raise NotSupported(
        f"Version {version} of model {model!r} has no explanations: they are not served yet. Predictions are, by POST "
        f"/v1/models/{model}:predict."
    )


def ask(models: Models, held: Arranged, where: tuple[str, str]) -> InferResponse:
    """What the model and version answers that `where` names; raises what `Models.predict` raises."""
    return models.predict(InferRequest(*where, {}, arrange=held.arrange))


def check_signature(body: dict[str, Any], *known: str) -> None:
    """Raises InvalidRequest for a signature by another name; none, or an empty one, is the default."""
    name = body.get("signature_name", "")
    if not isinstance(name, str | None):
        raise InvalidRequest(f"'signature_name' must be text: leave it out, or send {known[0]!r}.")
    if name not in (None, "", *known):
        raise InvalidRequest(f"There is no signature {name!r:.200}: leave 'signature_name' out, or send {known[0]!r}.")


def _answer_rows(models: Models, rows: Rows, where: tuple[str, str]) -> HttpResponse:
    answer = ask(models, rows, where)
    held = {"predictions": rows.predictions(answer.outputs)}
    return json_response(held, headers=served_by(answer), non_finite=answer.non_finite)
