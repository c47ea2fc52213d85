"""The data plane. The hot path: it imports nothing that it does not use on every call."""

import os
from typing import Any

from modelet.config import Settings
from modelet.events import answering
from modelet.predict import Models

models = Models.open(Settings.from_env(os.environ))


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer API Gateway HTTP API and REST events, Function URL events and direct invokes."""
    return answering.answer(models, event, context)
