"""The statistics extension: the counters of this process, which on Lambda is one of many execution environments.

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md
"""

from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.predict.statistics import Counters, Spent
from modelet.protocols.body import json_response
from modelet.registry.names import LIVE

Json = dict[str, object]

NONE = {"count": 0, "ns": 0}


def all_statistics(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /v2/models/stats: every version that was asked in this process."""
    return _response(models.statistics.read())


def model_statistics(models: Models, request: HttpRequest, model: str) -> HttpResponse:
    """GET /v2/models/{model}/stats: every version that was asked in this process, or zeros of the live one."""
    live = models.resolve(model, LIVE).version
    return _response(models.statistics.read(model) or [Counters(model, live)])


def version_statistics(models: Models, request: HttpRequest, model: str, ref: str) -> HttpResponse:
    """GET /v2/models/{model}/versions/{ref}/stats: of one version."""
    version = models.resolve(model, ref).version
    held = [counters for counters in models.statistics.read(model) if counters.version == version]
    return _response(held or [Counters(model, version)])


def _response(held: list[Counters]) -> HttpResponse:
    return json_response({"model_stats": [_describe(counters) for counters in held]})


def _describe(counters: Counters) -> Json:
    answered, failed = counters.answered(), counters.failed
    return {
        "name": counters.model,
        "version": str(counters.version),
        "last_inference": counters.last // 1_000_000,
        "inference_count": answered.rows,
        "execution_count": answered.count,
        "inference_stats": {
            "success": {"count": answered.count, "ns": answered.all},
            "fail": {"count": failed.count, "ns": failed.all},
            "queue": {"count": answered.count, "ns": 0},
            **_computed(answered),
            "cache_hit": NONE,
            "cache_miss": NONE,
        },
        "response_stats": {},
        "batch_stats": [{"batch_size": size, **_computed(spent)} for size, spent in sorted(counters.sizes.items())],
        "memory_usage": [],
    }


def _computed(spent: Spent) -> Json:
    return {
        "compute_input": {"count": spent.count, "ns": spent.decode},
        "compute_infer": {"count": spent.count, "ns": spent.run},
        "compute_output": {"count": spent.count, "ns": spent.encode},
    }
