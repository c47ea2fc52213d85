"""Settings, read from the environment once, at the edge: nothing below a handler or the CLI looks at `os.environ`."""

from collections.abc import Mapping
from os import cpu_count
from typing import NamedTuple

from modelet.errors import InvalidSetting

MIB = 1024 * 1024
MB_PER_VCPU = 1769  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
GATEWAY_SECONDS = 29.0  # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
ON_DEMAND_INIT_SECONDS = 8.0
"""Lambda begins anew what is not initialised after 10: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
PREPARED_INIT_SECONDS = 120.0
"""Of the 130 that are left to environments which nobody waits for: provisioned concurrency, and snapshots."""
PROFILES = ("latency", "batch")
QUIET = {"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1"}
"""What native libraries look for in the environment when they are imported, so that they start no threads and write no
files: https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
"""
INFLATED_BYTES = 64 * MIB  # Triton's limit for a request
LAMBDA_PAYLOAD_BYTES = 6 * MIB  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html


class Settings(NamedTuple):
    """What a deployment may choose. Times are in seconds, sizes in bytes."""

    store: str
    default_model: str | None = None
    preload: tuple[str, ...] = ()
    preload_seconds: float = ON_DEMAND_INIT_SECONDS
    profile: str = PROFILES[0]
    alias_ttl: float = 10.0
    memory_bytes: int = 0
    """What the function has; 0 where nobody says how much."""
    cache_bytes: int = 2048 * MIB
    failure_ttl: float = 5.0
    max_body_bytes: int = LAMBDA_PAYLOAD_BYTES
    max_inflated_bytes: int = INFLATED_BYTES
    max_tensor_bytes: int = 512 * MIB
    """Of all that one request refers to."""
    tensor_prefixes: tuple[str, ...] = ()
    """Where tensors may lie beside those that were uploaded: `s3://bucket/prefix/`."""
    idempotency_seconds: float = 86400.0
    gateway_seconds: float = GATEWAY_SECONDS
    threads: int = 1
    log: bool = True
    register_target: str = "process:functions.register.handler.handler"
    candidate_memory_bytes: int = 4096 * MIB
    candidate_seconds: float = 300.0

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read every `MODELET_*` variable; raises InvalidSetting naming the one that is wrong."""
        memory_mb = _integer(env, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0)
        return cls(
            store=env.get("MODELET_STORE") or default_store(),
            default_model=env.get("MODELET_DEFAULT_MODEL") or None,
            preload=_names(env, "MODELET_PRELOAD"),
            preload_seconds=_init_seconds(env),
            profile=_profile(env),
            alias_ttl=_number(env, "MODELET_ALIAS_TTL", 10.0),
            memory_bytes=memory_mb * MIB,
            cache_bytes=_integer(env, "MODELET_CACHE_MB", memory_mb * 6 // 10 or 2048) * MIB,
            failure_ttl=_number(env, "MODELET_FAILURE_TTL", 5.0),
            max_body_bytes=_integer(env, "MODELET_MAX_BODY_BYTES", LAMBDA_PAYLOAD_BYTES),
            max_inflated_bytes=_integer(env, "MODELET_MAX_INFLATED_BYTES", INFLATED_BYTES),
            max_tensor_bytes=_integer(env, "MODELET_MAX_TENSOR_BYTES", 512 * MIB),
            tensor_prefixes=_names(env, "MODELET_TENSOR_PREFIXES"),
            idempotency_seconds=_number(env, "MODELET_IDEMPOTENCY_SECONDS", 86400.0),
            gateway_seconds=_number(env, "MODELET_GATEWAY_SECONDS", GATEWAY_SECONDS) or float("inf"),
            threads=max(1, _integer(env, "MODELET_THREADS", _threads(memory_mb))),
            log=env.get("MODELET_LOG", "json") != "off",
            register_target=env.get("MODELET_REGISTER") or "process:functions.register.handler.handler",
            candidate_memory_bytes=_integer(env, "MODELET_CANDIDATE_MB", memory_mb * 8 // 10 or 4096) * MIB,
            candidate_seconds=_number(env, "MODELET_CANDIDATE_SECONDS", 300.0),
        )

    @property
    def named(self) -> tuple[str, ...]:
        """The models that the deployment names, as `model` or `model@ref`, the default first, each once."""
        named = (self.default_model, *self.preload) if self.default_model else self.preload
        return tuple(dict.fromkeys(named))


def default_store() -> str:
    """The embedded store: the folder `.modelet/store` below the working directory."""
    from pathlib import Path
    from urllib.parse import quote

    return "file://" + quote(str(Path.cwd() / ".modelet" / "store"))


def _names(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, env.get(name, "").split(","))))


def _profile(env: Mapping[str, str]) -> str:
    profile = env.get("MODELET_PROFILE") or PROFILES[0]
    if profile not in PROFILES:
        raise InvalidSetting(f"MODELET_PROFILE must be one of {', '.join(PROFILES)}, but is {profile!r}.")
    return profile


def _init_seconds(env: Mapping[str, str]) -> float:
    on_demand = env.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand") == "on-demand"
    return ON_DEMAND_INIT_SECONDS if on_demand else PREPARED_INIT_SECONDS


def _threads(memory_mb: int) -> int:
    return memory_mb // MB_PER_VCPU if memory_mb else cpu_count() or 1


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise InvalidSetting(f"{name} must be a number of at least 0, but is {text!r}.")
    return value


def _integer(env: Mapping[str, str], name: str, default: int) -> int:
    value = _number(env, name, float(default))
    if value != int(value):
        raise InvalidSetting(f"{name} must be a whole number, but is {env[name]!r}.")
    return int(value)
