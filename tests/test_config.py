"""Settings: read from the environment once, with defaults that fit the function's memory; what is wrong is named."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from modelet.config import MIB, Settings
from modelet.errors import InvalidSetting
from modelet.store import open_store


def test_without_variables_the_embedded_store_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / "a b%20#?é"
    odd.mkdir()
    monkeypatch.chdir(odd)

    settings = Settings.from_env({})
    open_store(settings.store).put("a", [b"x"])

    assert unquote(settings.store) == f"file://{odd}/.modelet/store"
    assert (odd / ".modelet" / "store" / "a").read_bytes() == b"x"


def test_every_variable_is_read() -> None:
    settings = Settings.from_env(
        {
            "MODELET_STORE": "s3://bucket/prefix",
            "MODELET_DEFAULT_MODEL": "digits",
            "MODELET_ALIAS_TTL": "0.5",
            "MODELET_CACHE_MB": "100",
            "MODELET_FAILURE_TTL": "0",
            "MODELET_MAX_BODY_BYTES": "1000",
            "MODELET_GATEWAY_SECONDS": "0.2",
            "MODELET_THREADS": "3",
            "MODELET_LOG": "off",
            "UNKNOWN": "ignored",
        }
    )

    assert (settings.store, settings.default_model) == ("s3://bucket/prefix", "digits")
    assert (settings.alias_ttl, settings.failure_ttl, settings.gateway_seconds) == (0.5, 0.0, 0.2)
    assert (settings.cache_bytes, settings.max_body_bytes, settings.threads) == (100 * MIB, 1000, 3)
    assert settings.log is False


@pytest.mark.parametrize(("text", "seconds"), [("", 29.0), ("0", float("inf")), ("900", 900.0)])
def test_a_gateway_waits_29_seconds_unless_told_otherwise_and_none_for_ever(text: str, seconds: float) -> None:
    assert Settings.from_env({"MODELET_GATEWAY_SECONDS": text}).gateway_seconds == seconds


def test_empty_variables_count_as_absent() -> None:
    variables = dict.fromkeys(["MODELET_STORE", "MODELET_DEFAULT_MODEL", "MODELET_ALIAS_TTL", "MODELET_THREADS"], "")

    assert Settings.from_env(variables) == Settings.from_env({})


@pytest.mark.parametrize(
    ("memory_mb", "cache_mb", "threads"), [("128", 76, 1), ("1769", 1061, 1), ("3538", 2122, 2), ("10240", 6144, 5)]
)
def test_cache_and_threads_follow_the_memory_of_the_function(memory_mb: str, cache_mb: int, threads: int) -> None:
    settings = Settings.from_env({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory_mb})

    assert (settings.cache_bytes, settings.threads) == (cache_mb * MIB, threads)


@pytest.mark.parametrize("value", ["many", "-1", "nan", "inf", "-inf", "1e999", "1,5", "0x10"])
@pytest.mark.parametrize(
    "name", ["MODELET_ALIAS_TTL", "MODELET_CACHE_MB", "MODELET_FAILURE_TTL", "MODELET_MAX_BODY_BYTES"]
)
def test_a_number_that_is_none_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=f"{name} must be a number of at least 0, but is '{value}'"):
        Settings.from_env({name: value})


@pytest.mark.parametrize("name", ["MODELET_CACHE_MB", "MODELET_MAX_BODY_BYTES", "MODELET_THREADS"])
def test_half_a_byte_is_refused(name: str) -> None:
    with pytest.raises(InvalidSetting, match=rf"{name} must be a whole number, but is '1\.5'"):
        Settings.from_env({name: "1.5"})


@pytest.mark.parametrize(
    ("given", "read"),
    [("", ()), ("a", ("a",)), ("a,b@2", ("a", "b@2")), (" a , b@live,, ", ("a", "b@live"))],
)
def test_models_to_load_beforehand_are_listed(given: str, read: tuple[str, ...]) -> None:
    assert Settings.from_env({"MODELET_PRELOAD": given}).preload == read


@pytest.mark.parametrize(
    ("kind", "seconds"), [(None, 8.0), ("on-demand", 8.0), ("provisioned-concurrency", 120.0), ("snap-start", 120.0)]
)
def test_what_nobody_waits_for_may_take_longer_to_load(kind: str | None, seconds: float) -> None:
    env = {"AWS_LAMBDA_INITIALIZATION_TYPE": kind} if kind else {}

    assert Settings.from_env(env).preload_seconds == seconds


def test_a_profile_that_nobody_derives_is_refused() -> None:
    assert Settings.from_env({"MODELET_PROFILE": "batch"}).profile == "batch"
    with pytest.raises(InvalidSetting, match="MODELET_PROFILE must be one of latency, batch, but is 'fast'"):
        Settings.from_env({"MODELET_PROFILE": "fast"})


def test_a_model_that_is_named_twice_is_named_once() -> None:
    settings = Settings("memory://", default_model="m", preload=("another", "m", "another"))

    assert settings.named == ("m", "another")
