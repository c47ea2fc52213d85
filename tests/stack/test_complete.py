"""Each function ships what it needs: nothing but its artifacts is at hand here."""

import json
from pathlib import Path

from modelet.registry.reading import list_versions
from modelet.store import open_store
from tests import onnx_models
from tests.entrances import event
from tests.published import digits
from tests.stack.built import Built

ASK = """
import json, os
from functions.api.handler import handler
print(json.dumps(handler(json.loads(os.environ["EVENT"]), None)))
"""

PUSH = """
import os
from pathlib import Path
import functions.register.handler
from modelet.publish import push
print(push(functions.register.handler.store, Path(os.environ["MODEL"]), "digits").version)
"""


def test_the_control_plane_answers(api: Built) -> None:
    asked = event("http-api-predict", "/api/models", None, "GET")

    answer = json.loads(api.run(ASK, EVENT=json.dumps(asked)).splitlines()[-1])

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["models"] == []


def test_the_registration_examines_and_publishes(register: Built, tmp_path: Path) -> None:
    model, url = onnx_models.save(digits(), tmp_path / "digits.onnx"), f"file://{tmp_path}/store"

    version = register.run(PUSH, MODEL=str(model), MODELET_STORE=url)

    assert version == "1"
    assert list_versions(open_store(url), "digits") == [1]
