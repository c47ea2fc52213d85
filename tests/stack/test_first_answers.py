"""What a first answer imports on top of the start, by every way in: nothing that it could have done without."""

import json

import pytest

from modelet.registry.changing import promote
from modelet.store import open_store
from tests.derived import ort_format, publish_variants
from tests.entrances import HTTP, event, v2
from tests.onnx_models import scale
from tests.stack.built import Built

ROW = [[1.0, 2.0]]
BODIES = {
    "/models/m/predict": json.dumps({"x": ROW}),
    "/models/m/versions/1/predict": json.dumps({"x": ROW}),
    "/v2/models/m/infer": json.dumps({"inputs": [v2("x", ROW, "FP32")]}),
}
EVENTS = {f"{HTTP[0]} {path}": event(HTTP[0], path, body) for path, body in BODIES.items()}
EVENTS |= {f"{entrance} {path}": event(entrance, path, BODIES[path]) for entrance in HTTP for path in [*BODIES][:1]}

# An endpoint other than that of AWS is a URL to be parsed, which is left out of the count.
ASK = """
import json, sys, urllib.parse
from functions.infer.handler import handler
for name, event in json.loads({events!r}).items():
    before = set(sys.modules)
    answer = handler(event, None)
    assert answer["statusCode"] == 200, (name, answer)
    print(name, *sorted(set(sys.modules) - before), sep=", ")
"""


@pytest.mark.parametrize("asked", EVENTS)
def test_a_first_answer_over_http_imports_no_more_than_a_direct_one(
    infer: Built, asked: str, s3_url: str, s3_env: dict[str, str]
) -> None:
    publish_variants(open_store(s3_url, s3_env), "m", scale(2.0), (ort_format(scale(2.0)), {}))
    promote(open_store(s3_url, s3_env), "m", 1)
    code = ASK.format(events=json.dumps({asked: EVENTS[asked]}))

    said = infer.run(code, MODELET_STORE=s3_url, MODELET_LOG="off", **s3_env)

    assert said == f"{asked}, modelet.predict.fitting"
