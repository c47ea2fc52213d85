"""The data plane. The hot path: it imports nothing that it does not use on every call."""

import os
from typing import Any

from modelet import phases
from modelet.config import QUIET, Settings
from modelet.predict import Models

for name, value in QUIET.items():
    os.environ.setdefault(name, value)

models = Models.open(Settings.from_env(os.environ))
models.preload()

# Last, for it brings numpy and ONNX Runtime, and what the deployment names is on its way meanwhile.
from modelet.events import answering  # noqa: E402

models.settle()
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    from functions.infer import snapshot

    snapshot.register(models)
phases.ready()


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer API Gateway HTTP API and REST events, Function URL events and direct invokes."""
    return answering.answer(models, event, context)
