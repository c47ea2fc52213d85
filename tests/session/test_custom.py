"""The operators of onnxruntime-extensions: registered for a model that has some, and for no other."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from modelet.errors import CorruptObject
from modelet.manifest import Artifact, Manifest
from modelet.manifest.document import EXTENSIONS
from modelet.session import Session
from modelet.session.custom import library
from tests.onnx_models import model, scale, tensor
from tests.published import declared_signature

TEXT = TensorProto.STRING


def joining() -> Session:
    node = helper.make_node("StringLower", ["text"], ["small"], domain=EXTENSIONS)
    made = model([node], [tensor("text", ["N"], TEXT)], [tensor("small", ["N"], TEXT)], domains=[EXTENSIONS])
    return opened(made.SerializeToString(), {"": 21, EXTENSIONS: 1})


def opened(data: bytes, opsets: dict[str, int]) -> Session:
    made = scale(2)
    made.ParseFromString(data)
    return Session(Manifest("m", Artifact("0" * 64, len(data)), declared_signature(made), opsets=opsets), data, 1)


def test_a_model_with_such_an_operator_runs() -> None:
    assert joining().run({"text": np.array(["ABC"], object)}, ["small"])["small"].tolist() == ["abc"]


def test_a_model_that_does_not_say_so_is_refused() -> None:
    node = helper.make_node("StringLower", ["text"], ["small"], domain=EXTENSIONS)
    made = model([node], [tensor("text", ["N"], TEXT)], [tensor("small", ["N"], TEXT)], domains=[EXTENSIONS])

    with pytest.raises(CorruptObject):
        opened(made.SerializeToString(), {"": 21})


def test_other_models_import_nothing_of_it() -> None:
    script = (
        "import sys\nfrom modelet.manifest import Artifact, Manifest\nfrom modelet.session import Session\n"
        "from tests.onnx_models import scale\nfrom tests.published import declared_signature\n"
        "made = scale(2)\ndata = made.SerializeToString()\n"
        "Session(Manifest('m', Artifact('0' * 64, len(data)), declared_signature(made), opsets={'': 21}), data, 1)\n"
        "print([name for name in sys.modules if name in ('modelet.session.custom', 'onnxruntime_extensions')])\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_library_is_found_without_its_package(tmp_path: Path) -> None:
    assert library([str(tmp_path)]) is None
    (tmp_path / "onnxruntime_extensions").mkdir()
    assert library([str(tmp_path)]) is None
    (tmp_path / "onnxruntime_extensions" / "_extensions_pydll.cpython-313-aarch64-linux-gnu.so").touch()

    assert library(["/nowhere", str(tmp_path)]) == str(
        tmp_path / "onnxruntime_extensions" / "_extensions_pydll.cpython-313-aarch64-linux-gnu.so"
    )
