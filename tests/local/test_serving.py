"""Real services in processes of their own, asked over real sockets."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from modelet.errors import InvalidSetting, Unavailable
from modelet.local import running, serve
from modelet.publish import push
from modelet.store import open_store
from tests.local.stacks import ask, install, serving
from tests.onnx_models import save, scale

TOGETHER = 16
HANDLERS = {
    "echo": "def handler(event, context):\n    return event\n",
    "broken": "raise ImportError('on purpose')\n",
    "exits": "import sys\n\ndef handler(event, context):\n    sys.exit(3)\n",
    "meets": (
        f"from threading import Barrier\n\nbarrier = Barrier({TOGETHER}, timeout=60)\n\n"
        "def handler(event, context):\n    return barrier.wait()\n"
    ),
    "counts": (
        "from itertools import count\n\ncalls = count(1)\n\ndef handler(event, context):\n    return next(calls)\n"
    ),
    "hangs": (
        "import threading\n\ndef handler(event, context):\n"
        "    open('hangs', 'x').close()\n    threading.Event().wait()\n"
    ),
    "hesitates": (
        "import threading\nfrom itertools import count\n\ncalls = count()\n\ndef handler(event, context):\n"
        "    if next(calls) == 2:\n        open('hangs', 'x').close()\n        threading.Event().wait()\n"
    ),
    "child": (
        "import json, os, subprocess, sys\n\n"
        "CODE = 'import json, os; import functions.infer.handler as h; print(json.dumps("
        '[h.__file__, os.environ["MODELET_STORE"], os.environ["FROM_TEMPLATE"], os.environ.get("STORE")]))\'\n\n'
        "def handler(event, context):\n"
        "    done = subprocess.run([sys.executable, '-P', '-c', CODE], cwd='/', capture_output=True, check=True)\n"
        "    return json.loads(done.stdout)\n"
    ),
}


@pytest.fixture(scope="module")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models")
    url = f"file://{folder}/store"
    push(open_store(url), save(scale(2), folder / "twice.onnx"), "twice")
    return url


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("site"), HANDLERS)


@pytest.fixture(scope="module")
def url(store_url: str, site: Path) -> Iterator[str]:
    with serving(store_url, site, python_path=site) as service:
        yield service.url


def predict(url: str, row: list[float]) -> list[float]:
    status, body = ask(url, "POST", "/models/twice/predict", json.dumps({"x": row}).encode())
    assert status == 200, body
    answer: list[float] = json.loads(body)["y_pred"]
    return answer


def test_an_installed_stack_predicts(url: str) -> None:
    assert predict(url, [1, 2]) == [2, 4]


def test_a_checkout_predicts_by_its_own_template(store_url: str, tmp_path: Path) -> None:
    with serving(store_url, tmp_path) as checkout:
        assert predict(checkout.url, [1, 2]) == [2, 4]
        status, body = ask(checkout.url, "GET", "/v2/health/live")

    assert (status, json.loads(body)) == (200, {"live": True})


def test_an_answer_to_head_claims_no_other_length_than_get_has(store_url: str, tmp_path: Path) -> None:
    answers = {}
    with serving(store_url, tmp_path) as checkout:
        for method in ("GET", "HEAD"):
            connection = HTTPConnection(checkout.url.removeprefix("http://"), timeout=60)
            connection.request(method, "/v2/models/twice")
            answers[method] = connection.getresponse()
            connection.close()

    assert [answer.status for answer in answers.values()] == [200, 200]
    assert int(answers["GET"].getheader("content-length", "0")) > 0
    assert answers["HEAD"].getheader("content-length") in (None, answers["GET"].getheader("content-length"))


def test_the_control_plane_answers_as_often_as_it_is_asked(store_url: str, tmp_path: Path) -> None:
    with serving(store_url, tmp_path) as checkout:
        statuses = [ask(checkout.url, "GET", "/api/models")[0] for _ in range(20)]

    assert statuses == [200] * 20


def test_many_clients_are_answered_at_once_each_with_its_own_answer(url: str) -> None:
    rows = [[float(i), float(-i)] for i in range(64)]

    with ThreadPoolExecutor(TOGETHER) as clients:
        answers = list(clients.map(lambda row: predict(url, row), rows))

    assert answers == [[2 * value for value in row] for row in rows]


def test_handlers_run_side_by_side(url: str) -> None:
    with ThreadPoolExecutor(TOGETHER) as clients:
        answers = list(clients.map(lambda _: ask(url, "GET", "/meets/here"), range(TOGETHER)))

    assert sorted((status, int(body)) for status, body in answers) == [(200, turn) for turn in range(TOGETHER)]


@pytest.mark.parametrize("function", ["broken", "exits"])
def test_a_handler_that_fails_harms_no_other(url: str, function: str) -> None:
    status, body = ask(url, "GET", f"/{function}/x")

    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})
    assert predict(url, [1, 2]) == [2, 4]


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("/echo/a%2Fb", "/echo/a/b"),
        ("/echo/a%20b", "/echo/a b"),
        ("/echo/%CE%BB", "/echo/λ"),
        ("/echo//a//b", "/echo//a//b"),
        ("/echo/../a/./b", "/echo/../a/./b"),
        ("/echo/", "/echo/"),
        ("/echo/a%3Fb?c=d%20e", "/echo/a"),
    ],
)
def test_an_odd_path_reaches_the_handler(url: str, sent: str, seen: str) -> None:
    status, body = ask(url, "GET", sent)

    event = json.loads(body)
    assert (status, event["rawPath"], event["requestContext"]["http"]["path"]) == (200, seen, seen)
    assert event["pathParameters"] == {"proxy": seen.removeprefix("/echo/")}
    assert event["rawQueryString"] == sent.partition("?")[2]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/", 404, "Not Found"),
        ("//echo/a", 404, "Not Found"),
        ("/../echo/a", 404, "Not Found"),
        ("/echo", 404, "Not Found"),
        ("/echo/%zz", 400, "Bad Request"),
    ],
)
def test_what_has_no_route_is_answered_by_the_gateway(url: str, path: str, status: int, message: str) -> None:
    found, body = ask(url, "GET", path)

    assert (found, json.loads(body)) == (status, {"message": message})


def test_a_body_over_the_limit_is_refused_before_it_is_sent(url: str) -> None:
    status, body = ask(url, "POST", "/echo/a", b"", {"content-length": str(10 * 1024 * 1024 + 1)})

    assert status == 413
    assert "10485760" in json.loads(body)["message"]


@pytest.mark.parametrize(
    ("megabytes", "last", "words"),
    [
        (4, b"", b""),
        (10, b"", b"payload_too_large"),
        (10, b"1\r\nx\r\n", b"Request Entity Too Large: the limit is 10485760 bytes"),
    ],
    ids=["taken", "refused for Lambda", "refused by the gateway"],
)
def test_a_body_of_unknown_length_is_counted(url: str, megabytes: int, last: bytes, words: bytes) -> None:
    head = b"POST /echo/a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
    megabyte = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    host, _, port = url.removeprefix("http://").partition(":")

    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head + megabyte * megabytes + last + b"0\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()

        assert (response.status, words in response.read()) == (413 if words else 200, True)


@pytest.mark.parametrize(
    "cut_off",
    [b"content-length: 10\r\n\r\nhalf", b"transfer-encoding: chunked\r\n\r\n4\r\nwhol\r\n"],
    ids=["shorter than declared", "without the last chunk"],
)
def test_a_request_that_was_cut_off_reaches_no_handler(url: str, cut_off: bytes) -> None:
    before = int(ask(url, "GET", "/counts/a")[1])
    host, _, port = url.removeprefix("http://").partition(":")

    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"POST /counts/a HTTP/1.1\r\nhost: localhost\r\n" + cut_off)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""

    assert int(ask(url, "GET", "/counts/a")[1]) == before + 1


@pytest.mark.parametrize(("name", "brief"), [("hangs", 0), ("hesitates", 2)], ids=["ever", "only after it was brief"])
def test_a_handler_that_never_ends_does_not_keep_the_service_alive(
    store_url: str, site: Path, tmp_path: Path, name: str, brief: int
) -> None:
    with serving(store_url, tmp_path, python_path=site) as service, ThreadPoolExecutor(1) as pool:
        for _ in range(brief):
            assert ask(service.url, "GET", f"/{name}/a")[0] == 200
        asking = pool.submit(ask, service.url, "GET", f"/{name}/a")
        while not (tmp_path / "hangs").exists():
            assert service.process.poll() is None

        status, errors = service.end(signal.SIGINT)

        assert asking.result()[0] == 503
    assert status == 0
    assert "Traceback" not in errors


def test_the_event_tells_who_asked_and_where(url: str) -> None:
    _, body = ask(url, "GET", "/echo/a", headers={"X-Forwarded-For": "192.0.2.1", "User-Agent": "test"})

    event = json.loads(body)
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert event["requestContext"]["http"]["userAgent"] == "test"
    assert event["headers"]["x-forwarded-for"] == "192.0.2.1, 127.0.0.1"
    assert event["headers"]["x-forwarded-port"] == url.rpartition(":")[2]


def test_a_job_in_a_child_process_finds_the_functions_and_the_settings(url: str, store_url: str, site: Path) -> None:
    status, body = ask(url, "GET", "/child/x")

    module = site / "modelet" / "local" / "stack" / "functions" / "infer" / "handler.py"
    assert (status, json.loads(body)) == (200, [str(module), store_url, "literal", None])


def test_a_port_in_use_is_named(store_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(InvalidSetting, match=f"Port {port} of 127.0.0.1 is in use"):
            serve(store_url, "127.0.0.1", port)
        with pytest.raises(Unavailable, match=f"Port {port} of 127.0.0.1 is in use"), running(store_url, port):
            pass


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_named(port: int) -> None:
    with pytest.raises(InvalidSetting, match=f"Port {port} is none"):
        serve("memory://", "127.0.0.1", port)


def test_a_host_that_is_not_here_is_named() -> None:
    with pytest.raises(InvalidSetting, match=r"Cannot listen on port 0 of 192\.0\.2\.1"):
        serve("memory://", "192.0.2.1", 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_service_with_status_0(store_url: str, tmp_path: Path, number: signal.Signals) -> None:
    with serving(store_url, tmp_path) as service:
        assert predict(service.url, [1, 2]) == [2, 4]

        ended = service.end(number)

    assert ended == (0, "")


def test_one_process_runs_several_services_each_with_its_own_store(store_url: str, tmp_path: Path) -> None:
    other = f"file://{tmp_path}/store"
    push(open_store(other), save(scale(3), tmp_path / "thrice.onnx"), "twice")

    with running(store_url) as first, running(other) as second:
        answers = [predict(url, [1, 2]) for url in (first, second)]

    assert answers == [[2, 4], [3, 6]]


PARENT = """
import sys
from modelet.local import running

with running(sys.argv[1]) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def test_a_service_ends_with_the_process_that_runs_it_even_if_that_is_killed(store_url: str) -> None:
    command = [sys.executable, "-c", PARENT, store_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        host, _, port = parent.stdout.readline().strip().removeprefix("http://").partition(":")

        with socket.create_connection((host, int(port)), timeout=60) as connection:
            parent.kill()
            with suppress(ConnectionResetError):  # which says that it has ended, too
                assert connection.recv(1) == b""


def test_a_store_that_is_none_ends_the_service_with_the_reason() -> None:
    with pytest.raises(Unavailable, match="'ftp://nowhere' is not a store"), running("ftp://nowhere"):
        pass
