"""The runtime's version before it is imported: told by its metadata, and believed only until it is imported."""

import os
import subprocess
import sys
from pathlib import Path

from modelet.predict.runtime import installed_runtime
from modelet.registry.changing import promote
from modelet.session import RUNTIME
from modelet.store import open_store
from tests.derived import ort_format, publish_variants
from tests.onnx_models import scale

# A package whose metadata lies: it is the real one, found where this one is not.
LYING = """
import sys
sys.path.remove({folder!r})
del sys.modules["onnxruntime"]
import onnxruntime
"""

ASK = """
from modelet.config import Settings
from modelet.messages import InferRequest
from modelet.predict import Models
from modelet.predict.runtime import installed_runtime
from modelet.tensors.nested import JsonTensor
import os

said = installed_runtime()
models = Models.open(Settings.from_env(os.environ))
answer = models.predict(InferRequest("m", "live", {"x": JsonTensor([[1.0, 2.0]])}))
print(said, models.session("m").variant.runtime, answer.outputs["y_pred"].tolist())
"""


def test_the_version_is_that_of_the_module() -> None:
    assert installed_runtime() == RUNTIME


def test_the_first_place_on_the_path_decides(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"{number}" / f"onnxruntime-{number}.0.dist-info").mkdir(parents=True)
    for number in (2, 3):
        (tmp_path / f"{number}" / "onnxruntime").mkdir()

    assert installed_runtime([str(tmp_path / f"{number}") for number in (1, 2, 3)]) == "2.0"


def test_without_metadata_or_with_two_of_them_nobody_knows(tmp_path: Path) -> None:
    (tmp_path / "onnxruntime").mkdir()
    assert installed_runtime([str(tmp_path)]) is None

    for version in ("1.0", "2.0"):
        (tmp_path / f"onnxruntime-{version}.dist-info").mkdir()
    assert installed_runtime([str(tmp_path)]) is None

    assert installed_runtime([str(tmp_path / "nowhere")]) is None


def test_what_was_fetched_for_another_runtime_is_fetched_again(tmp_path: Path) -> None:
    folder, url = tmp_path / "path", f"file://{tmp_path}/store"
    (folder / "onnxruntime-0.0.1.dist-info").mkdir(parents=True)
    (folder / "onnxruntime").mkdir()
    (folder / "onnxruntime" / "__init__.py").write_text(LYING.format(folder=str(folder)))
    variant = ort_format(scale(2.0))
    publish_variants(open_store(url), "m", scale(2.0), (variant, {}), (b"of another", {"runtime": "0.0.1"}))
    promote(open_store(url), "m", 1)

    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "MODELET_STORE": url}
    done = subprocess.run([sys.executable, "-c", ASK], env=env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"0.0.1 {RUNTIME} [[2.0, 4.0]]\n"
