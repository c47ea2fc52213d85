"""The control plane: models, versions, aliases, uploads, jobs, and the OpenAPI page. Wiring only."""

import os
from typing import Any

from functions.api.application import make_app
from functions.api.boundary import answer
from functions.api.deployment import Deployment
from modelet.config import Settings
from modelet.store import open_store

settings = Settings.from_env(os.environ)
here = Deployment(open_store(settings.store), settings, os.environ)
app = make_app(here)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer API Gateway HTTP API and REST events and Function URL events."""
    return answer(app, here, event, context)
