"""Names that could become another path: refused before any I/O, whatever the entrance, encoded or not."""

from urllib.parse import quote

import pytest

from modelet.predict import Models
from modelet.store import open_store
from tests.entrances import HTTP, Way, ask, event, get
from tests.published import serve
from tests.watched_store import WatchedStore

NAMES = [
    "..", ".", "../double", "a/b", "a/../b", "/etc/passwd", "a\\b", "a%2Fb", "a\0b", "double\0", "a" * 65, "a" * 5000,
    "", " ", "a b", "a\nb", "Double", "dоuble", "ｄouble", "é", "-a", "a-", ".a", "a.", "_", "a:b", "a?b", "a#b", "a*",
    "%2e%2e", "\ud800",
]  # fmt: skip


def untouchable() -> Models:
    """A deployment whose store must not be asked."""

    def refuse(verb: str, key: str) -> None:
        raise AssertionError(f"{verb} {key!r}")

    return serve(WatchedStore(open_store("memory://untouchable"), refuse))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("protocol", ["simple", "v2"])
@pytest.mark.parametrize("entrance", HTTP)
def test_a_malformed_name_is_400_before_any_io(entrance: str, protocol: str, name: str) -> None:
    way = Way(entrance, protocol, None)

    answer = way.ask(untouchable(), quote(name, safe="", errors="surrogatepass"), {"x": [[1, 2]]})

    assert (answer.status, answer.body["code"]) == (400, "invalid_name")
    assert "is not a model name" in answer.body["error"]


@pytest.mark.parametrize("name", [name for name in NAMES if name], ids=ascii)
def test_a_malformed_name_is_400_in_a_direct_invoke(name: str) -> None:
    answer = ask(untouchable(), {"model": name, "inputs": {"x": [[1, 2]]}})

    assert (answer.status, answer.body["code"]) in [(400, "invalid_name"), (400, "invalid_request")]
    assert "name" in answer.body["error"] or "Unicode" in answer.body["error"]


@pytest.mark.parametrize("path", ["/v2/models/{}", "/v2/models/{}/ready", "/v2/models/{}/versions/1"])
@pytest.mark.parametrize("name", ["..", "a/b", "a\0b", "a" * 65])
def test_a_malformed_name_is_400_where_a_model_is_described(path: str, name: str) -> None:
    answer = get(untouchable(), path.format(quote(name, safe="")))

    assert (answer.status, answer.body["code"]) == (400, "invalid_name")


@pytest.mark.parametrize("ref", ["..", "a/b", "1/../2", "a\0b", "1" * 10, "a" * 65, "", "LIVE"], ids=ascii)
@pytest.mark.parametrize("entrance", HTTP)
def test_a_malformed_version_is_400_before_any_io(entrance: str, ref: str) -> None:
    way = Way(entrance, "simple", quote(ref, safe=""))

    answer = way.ask(untouchable(), "double", {"x": [[1, 2]]})

    assert (answer.status, answer.body["code"]) == (400, "invalid_name")
    assert "neither a version number nor an alias" in answer.body["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/models/a/b/predict",  # as HTTP APIs decode a%2Fb
        "/models/../v2",
        "/models/..%2F..%2Fpredict",
        "//predict",
        "/predict//",
        "/v2//health/live",
        "/v2/model",
        "/PREDICT",
        "/\ud800",
        "/%FF",
        "/é",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("entrance", HTTP)
def test_a_path_that_is_no_route_is_404_before_any_io(entrance: str, path: str) -> None:
    answer = ask(untouchable(), event(entrance, path, "{}"))

    assert (answer.status, answer.body["code"]) == (404, "route_not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/models/double/predict", "POST"),
        ("DELETE", "/predict", "POST"),
        ("POST", "/", "GET, HEAD"),
        ("POST", "", "GET, HEAD"),
        ("POST", "/v2", "GET, HEAD"),
        ("POST", "/v2/models/double", "GET, HEAD"),
        ("PUT", "/v2/models/double/versions/1/infer", "POST"),
        ("BREW", "/v2/health/live", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("entrance", HTTP)
def test_another_method_is_405_and_says_which_are_allowed(entrance: str, method: str, path: str, allowed: str) -> None:
    answer = ask(untouchable(), event(entrance, path, "{}", method))

    assert (answer.status, answer.body["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed
    assert method in answer.body["error"]
