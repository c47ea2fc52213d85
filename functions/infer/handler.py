"""The data plane. The hot path: it imports nothing that it does not use on every call, and asks before it imports."""

import os
from typing import Any

from modelet import phases
from modelet.config import QUIET, Settings
from modelet.registry.keys import first_keys
from modelet.store import open_store
from modelet.store.ahead import readers_first
from modelet.store.begun import Begun

for name, value in QUIET.items():
    os.environ.setdefault(name, value)

settings = Settings.from_env(os.environ)
# The store is asked first of all: everything else is imported while its answers are on their way.
store = Begun(open_store(settings.store), [key for name in settings.named for key in first_keys(name)])
with readers_first():
    from modelet.predict import Models

    models = Models(store, settings)
    models.preload()

    # Last, for it brings numpy and ONNX Runtime, and what the deployment names is on its way meanwhile.
    from modelet.events import answering

    models.settle(phases.since_import())
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    from functions.infer import snapshot

    snapshot.register(models)
phases.ready()


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer API Gateway HTTP API and REST events, Function URL events and direct invokes."""
    return answering.answer(models, event, context)
