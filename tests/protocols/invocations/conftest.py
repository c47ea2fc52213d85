"""The models that clients of SageMaker and MLflow ask here, and the deployment that serves them."""

import pytest

from modelet.predict import Models
from modelet.store import open_store
from tests.onnx_models import scale
from tests.protocols.invocations.invoking import publish_table, split, total
from tests.published import add, echo, publish_model, serve


@pytest.fixture(scope="package")
def models() -> Models:
    store = open_store("memory://invocations")
    publish_table(store, "plain", scale(2.0))
    publish_table(store, "named", echo("FP32", ("N", 3)), ["age", "height", "weight"])
    publish_table(store, "whole", echo("INT64", ("N", 2)), ["a", "b"])
    publish_table(store, "words", echo("BYTES", ("N", 2)), ["first", "last"])
    publish_table(store, "total", total())
    publish_table(store, "mixed", split(age="INT64", name="BYTES", member="BOOL"))
    publish_table(store, "renamed", split(c0="FP32", c1="FP32"), ["x", "y"])
    publish_table(store, "any-width", echo("FP32", ("N", "W")))
    publish_table(store, "image", echo("FP32", ("N", 2, 2)))
    publish_model(store, "add", add())
    publish_model(store, "rows", echo("FP32", ("N",)))
    publish_model(store, "scalar", echo("FP32", ()))
    for factor in (1.0, 3.0):
        publish_model(store, "versions", scale(factor))
    return serve(store, default_model="plain")
