"""Settings, read from the environment once, at the edge: nothing below a handler or the CLI looks at `os.environ`."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from urllib.parse import quote

from modelet.errors import InvalidSetting

MIB = 1024 * 1024
MB_PER_VCPU = 1769  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
LAMBDA_PAYLOAD_BYTES = 6 * MIB  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment may choose. Times are in seconds, sizes in bytes."""

    store: str
    default_model: str | None = None
    alias_ttl: float = 10.0
    cache_bytes: int = 2048 * MIB
    failure_ttl: float = 5.0
    max_body_bytes: int = LAMBDA_PAYLOAD_BYTES
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
            alias_ttl=_number(env, "MODELET_ALIAS_TTL", 10.0),
            cache_bytes=_integer(env, "MODELET_CACHE_MB", memory_mb * 6 // 10 or 2048) * MIB,
            failure_ttl=_number(env, "MODELET_FAILURE_TTL", 5.0),
            max_body_bytes=_integer(env, "MODELET_MAX_BODY_BYTES", LAMBDA_PAYLOAD_BYTES),
            threads=max(1, _integer(env, "MODELET_THREADS", _threads(memory_mb))),
            log=env.get("MODELET_LOG", "json") != "off",
            register_target=env.get("MODELET_REGISTER") or "process:functions.register.handler.handler",
            candidate_memory_bytes=_integer(env, "MODELET_CANDIDATE_MB", memory_mb * 8 // 10 or 4096) * MIB,
            candidate_seconds=_number(env, "MODELET_CANDIDATE_SECONDS", 300.0),
        )


def default_store() -> str:
    """The embedded store: the folder `.modelet/store` below the working directory."""
    return "file://" + quote(str(Path.cwd() / ".modelet" / "store"))


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
