"""How a model comes in over HTTP: every way ends in a job, run by a real process, that says what became of the file."""

import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelet.jobs.changing import claim, create
from modelet.jobs.reading import read_job
from modelet.jobs.uploads import Upload, expect_upload, upload_key
from modelet.registry.reading import list_versions
from tests.functions.api.calling import Answer, Api
from tests.onnx_models import scale
from tests.published import publish_model

MODEL = scale(2.0).SerializeToString(deterministic=True)
BOMB = b"\x3a\xff\xff\xff\xff\x07" + b"\0" * 100_000  # a graph that claims to be 2 GB long


def announced(api: Api, **said: object) -> Answer:
    answered = api.ask("POST", "/api/uploads", {"model": "digits", **said})
    assert answered.status == 201, answered
    return answered


def look_at(answered: Answer) -> str:
    """Where a 202 says to look."""
    assert answered.status == 202, answered
    assert answered.headers["location"] == answered.body["url"]
    return answered.headers["location"]


def test_a_file_in_one_step_becomes_a_version(api: Api) -> None:
    publish_model(api.store, "digits", scale(1.0))

    answered = api.ask(
        "POST", "/api/models/digits/versions", MODEL, "promote=true&description=Doubles&columns=a,%22b,c%22"
    )

    job = api.finished(look_at(answered))
    assert (job["state"], job["error"], job["result"]["version"]) == ("succeeded", None, 2)
    version = api.get("/api/models/digits/versions/live")
    assert (version["version"], version["manifest"]["artifact"]["sha256"]) == (2, job["result"]["digest"])
    assert version["manifest"]["description"] == "Doubles"
    assert [column["name"] for column in version["manifest"]["columns"]] == ["a", "b,c"]


def test_an_announced_file_is_put_to_this_service_where_the_store_cannot_take_it(folder_api: Api) -> None:
    said = {"description": "Doubles.", "licence": "MIT", "labels": {"y_pred": ["no", 1]}}
    answered = announced(folder_api, **said, columns=["a", "b"], promote=True)
    upload = answered.body["upload"]
    assert (upload["method"], upload["headers"]) == ("PUT", {"content-type": "application/octet-stream"})
    assert upload["url"] == f"/api/uploads/{answered.body['id']}"
    assert answered.body["job"]["state"] == "waiting"

    job = folder_api.finished(look_at(folder_api.ask("PUT", upload["url"], MODEL)))

    assert answered.headers["location"] == job["url"]
    assert (job["state"], job["result"]["version"]) == ("succeeded", 1)
    manifest = folder_api.get("/api/models/digits/versions/1")["manifest"]
    assert {name: manifest[name] for name in ("description", "licence", "labels")} == {
        name: said[name] for name in ("description", "licence", "labels")
    }
    assert manifest["columns"] == [{"name": name, "datatype": "FP32"} for name in ("a", "b")]
    assert manifest["lineage"]["job"] == job["id"]


def test_an_announced_file_is_put_to_the_bucket_by_a_presigned_url(s3_api: Api) -> None:
    answered = announced(s3_api)
    upload = answered.body["upload"]
    assert upload["expires_in"] == 3600
    assert "X-Amz-Signature=" in upload["url"]

    request = urllib.request.Request(upload["url"], MODEL, upload["headers"], method=upload["method"])
    with urllib.request.urlopen(request, timeout=30) as put:
        assert put.status == 200
    registering = s3_api.ask("POST", f"/api/uploads/{answered.body['id']}/register")

    job = s3_api.finished(look_at(registering))
    assert (job["state"], job["error"]) == ("succeeded", None)
    assert list_versions(s3_api.store, "digits") == [1]


@pytest.mark.parametrize("data", [b"garbage", BOMB, MODEL[: len(MODEL) // 2]], ids=["garbage", "bomb", "half"])
def test_a_hostile_file_fails_its_job_with_the_reason_and_harms_nobody(folder_api: Api, data: bytes) -> None:
    publish_model(folder_api.store, "digits", scale(1.0))

    job = folder_api.finished(look_at(folder_api.ask("POST", "/api/models/digits/versions", data)))

    assert (job["state"], job["result"], job["error"]["code"]) == ("failed", None, "model_refused")
    assert "cannot be served: " in job["error"]["message"]
    assert [version["version"] for version in folder_api.get("/api/models/digits")["versions"]] == [1]
    assert list(folder_api.store.scan("uploads/")) == []


def test_registering_is_started_once_however_often_it_is_asked_for(folder_api: Api) -> None:
    upload = announced(folder_api).body
    folder_api.store.put(upload_key(upload["id"]), [MODEL])

    def ask(_: int) -> str:
        return look_at(folder_api.ask("POST", f"/api/uploads/{upload['id']}/register"))

    with ThreadPoolExecutor(4) as pool:
        (url,) = set(pool.map(ask, range(4)))

    assert folder_api.finished(url)["result"]["version"] == 1
    again = folder_api.ask("POST", f"/api/uploads/{upload['id']}/register")
    assert (again.status, again.body["state"]) == (202, "succeeded")
    assert list_versions(folder_api.store, "digits") == [1]


def test_a_job_whose_worker_died_is_started_again(folder_api: Api) -> None:
    upload = announced(folder_api).body
    folder_api.store.put(upload_key(upload["id"]), [MODEL])
    assert claim(folder_api.store, upload["id"], lease_seconds=0.0) is not None

    job = folder_api.finished(look_at(folder_api.ask("POST", f"/api/uploads/{upload['id']}/register")))

    assert (job["state"], job["attempts"]) == ("succeeded", 2)


def test_a_job_that_is_under_way_is_not_started_again(memory_api: Api) -> None:
    upload = announced(memory_api).body
    held = claim(memory_api.store, upload["id"])

    answered = memory_api.ask("POST", f"/api/uploads/{upload['id']}/register")

    assert (answered.status, answered.body["state"]) == (202, "running")
    assert read_job(memory_api.store, upload["id"]) == held


def test_registering_before_the_file_has_come_is_a_conflict_that_says_so(memory_api: Api) -> None:
    upload = announced(memory_api).body

    answered = memory_api.ask("POST", f"/api/uploads/{upload['id']}/register")

    assert (answered.status, answered.body["code"]) == (409, "conflict")
    assert "Nothing was uploaded" in answered.body["error"]


@pytest.fixture
def idle_api(tmp_path_factory: pytest.TempPathFactory) -> Api:
    """One whose jobs are started, but by a function that does nothing, so that they stay as they are."""
    return Api(f"file://{tmp_path_factory.mktemp('idle')}", register_target="process:builtins.print")


def test_a_file_is_taken_once(idle_api: Api) -> None:
    url = announced(idle_api).body["upload"]["url"]

    assert idle_api.ask("PUT", url, MODEL).status == 202
    assert idle_api.ask("PUT", url, MODEL).status == 202
    other = idle_api.ask("PUT", url, MODEL + b"\0")

    assert (other.status, other.body["code"]) == (409, "conflict")
    assert "Another file was uploaded" in other.body["error"]
    assert [b"".join(idle_api.store.stream(entry.key)) for entry in idle_api.store.scan("uploads/")] == [MODEL]


def test_no_file_is_taken_for_a_job_that_goes_on_without_it(memory_api: Api) -> None:
    upload = announced(memory_api).body
    claim(memory_api.store, upload["id"])

    answered = memory_api.ask("PUT", upload["upload"]["url"], MODEL)

    assert (answered.status, answered.body["code"]) == (409, "conflict")
    assert "its job is running" in answered.body["error"]
    assert list(memory_api.store.scan("uploads/")) == []


def test_an_upload_that_never_came_has_expired_and_its_job_says_so(memory_api: Api) -> None:
    job = expect_upload(memory_api.store, Upload("digits"), -1)

    seen = memory_api.get(f"/api/jobs/{job.id}")
    late = memory_api.ask("PUT", f"/api/uploads/{job.id}", MODEL)

    assert (seen["state"], seen["error"]["code"]) == ("failed", "expired")
    assert (late.status, late.body["code"]) == (409, "conflict")


@pytest.mark.parametrize("path", ["/api/jobs/{}", "/api/uploads/{}/register"], ids=["job", "upload"])
def test_an_unknown_job_or_upload_is_a_404(memory_api: Api, path: str) -> None:
    method = "GET" if "jobs" in path else "POST"

    answered = memory_api.ask(method, path.format("0" * 32))

    assert (answered.status, answered.body["code"]) == (404, "job_not_found")


def test_a_job_of_another_kind_takes_no_upload(memory_api: Api) -> None:
    job = create(memory_api.store, "train", {})

    answered = memory_api.ask("PUT", f"/api/uploads/{job.id}", MODEL)

    assert (answered.status, answered.body["code"]) == (404, "job_not_found")
    assert list(memory_api.store.scan("uploads/")) == []


@pytest.mark.parametrize(("method", "path"), [("PUT", "/api/uploads/{}"), ("POST", "/api/models/digits/versions")])
def test_an_empty_file_is_refused(memory_api: Api, method: str, path: str) -> None:
    upload = announced(memory_api).body["id"]

    answered = memory_api.ask(method, path.format(upload), b"")

    assert (answered.status, answered.body["code"]) == (400, "invalid_request")
    assert "The body is empty" in answered.body["error"]


def test_a_file_over_the_limit_is_told_the_limit_and_the_other_way(s3_url: str, s3_env: dict[str, str]) -> None:
    for api, way in (
        (Api(s3_url, s3_env, max_body_bytes=1000), "POST /api/uploads answers a URL"),
        (Api("memory://small", max_body_bytes=1000), "modelet push FILE --name NAME --store memory://small"),
    ):
        answered = api.ask("POST", "/api/models/digits/versions", b"x" * 1001)

        assert (answered.status, answered.body["code"]) == (413, "payload_too_large")
        assert "1001 bytes; the limit is 1000" in answered.body["error"]
        assert way in answered.body["error"]
        assert list(api.store.scan("")) == []
        assert api.ask("PUT", "/api/uploads/" + "0" * 32, b"x" * 1000).status == 404


def test_a_function_that_cannot_be_started_leaves_the_job_waiting(memory_api: Api) -> None:
    api = Api(memory_api.store.url, register_target="process:nowhere.handler")

    answered = api.ask("POST", "/api/models/digits/versions", MODEL)

    assert (answered.status, answered.body["code"]) == (500, "invalid_setting")
    (job,) = api.get("/api/jobs")["jobs"]
    assert job["state"] == "waiting"


def test_jobs_are_listed_newest_first_with_a_link_to_those_before(memory_api: Api) -> None:
    ids = [announced(memory_api).body["id"] for _ in range(3)]

    first = memory_api.get("/api/jobs", "limit=2")
    path, _, query = first["next"].partition("?")
    second = memory_api.get(path, query)

    assert [job["id"] for job in (*first["jobs"], *second["jobs"])] == sorted(ids, reverse=True)
    assert second["next"] is None


def test_what_a_job_shows_holds_no_worker_s_secret(memory_api: Api) -> None:
    upload = announced(memory_api).body
    held = claim(memory_api.store, upload["id"])
    assert held is not None
    assert held.claim is not None

    assert held.claim.token not in str(memory_api.get(f"/api/jobs/{upload['id']}"))
