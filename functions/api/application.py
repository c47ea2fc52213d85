"""The FastAPI application: one router per concept, one table from errors to answers, one document of all routes."""

from fastapi import FastAPI

from functions.api import aliases, docs, jobs, models, uploads, versions
from functions.api.deployment import Deployment
from functions.api.failures import Error, handlers
from functions.api.openapi import document
from modelet import __version__

ROUTERS = [concept.router for concept in (models, versions, aliases, uploads, jobs, docs)]


def make_app(here: Deployment) -> FastAPI:
    """The application for one deployment."""
    app = FastAPI(
        title="Modelet",
        version=__version__,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=handlers([route for router in ROUTERS for route in router.routes]),
        responses={
            "4XX": {"model": Error, "description": "A mistake of the caller"},
            "5XX": {"model": Error, "description": "A failure of the service"},
        },
    )
    app.state.here = here
    for router in ROUTERS:
        app.include_router(router)
    app.openapi = lambda: document(app)  # type: ignore[method-assign] # as FastAPI documents extending it
    return app
