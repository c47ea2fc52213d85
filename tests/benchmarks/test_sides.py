"""The sides of each benchmark do the same work: they give the same answers, on sizes that take no time."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import pytest

from benchmarks import binary, bodies, cold, load, questions, service, session, training, warm
from benchmarks.stage import BUCKET, Stage, staged
from modelet.manifest.variant import RANGE_BYTES
from modelet.store import open_store
from tests.derived import ort_format
from tests.stack.built import Built


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture(scope="module")
def built(stage: Stage) -> Mapping[str, tuple[Built, str]]:
    """The functions of the cold benchmark."""
    return cold.build(stage)


@pytest.mark.parametrize("rows", [1, 3])
def test_warm_calls_answer_alike(stage: Stage, rows: int) -> None:
    with warm.sides(stage) as workers:
        said = warm.ask(workers, stage.small.name, questions.body(rows), calls=2)

    answers = warm.answers(said)

    questions.agree(answers)
    assert {name: answer.shape for name, answer in answers.items()} == dict.fromkeys(
        (*warm.HANDLERS, "parts"), (rows, 10)
    )


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("model", "width"), [("small", 10), ("echo", 64)])
def test_binary_tensors_are_answered_alike(stage: Stage, model: str, width: int, rows: int) -> None:
    with binary.sides(getattr(stage, model)) as workers:
        said = binary.ask(workers, rows, calls=2)

    answers = binary.answers(said)

    questions.agree(answers)
    assert {name: answer.shape for name, answer in answers.items()} == dict.fromkeys(
        (*binary.SIDES, binary.UNALIGNED), (rows, width)
    )


@pytest.mark.parametrize("aligned", [True, False])
def test_the_tensor_of_a_body_is_aligned_or_not_as_the_case_says(aligned: bool) -> None:
    body, length = bodies.body(3, aligned)

    numbers = np.frombuffer(body, np.uint8)[length:].view(np.float32)

    assert numbers.flags.aligned == aligned
    assert numbers.size == 3 * 64


def test_loading_and_reading_answer_alike(stage: Stage) -> None:
    model = stage.large(17)

    answers = load.answers(model, questions.body(2))

    questions.agree(answers)
    assert answers["Modelet"].shape == (2, 10)
    assert model.size == pytest.approx(17e6, rel=0.1)


def test_loading_and_its_parts_answer_alike(stage: Stage) -> None:
    model, body = stage.large(17), questions.body(2)
    content = ort_format(onnx.load(model.file))
    key = "parts/model.ort"
    open_store(f"file://{stage.scratch}/buckets/{BUCKET}", {}).put(key, [content])
    starts = range(0, len(content), RANGE_BYTES)
    digests = [sha256(content[start : start + RANGE_BYTES]).hexdigest() for start in starts]
    blob = load.Blob(key, len(content), digests, prepacking=False)

    parts = load.mapping(model, body, blob)

    questions.agree({**load.answers(model, body), "parts": questions.array(parts["answer"])})
    assert len(digests) > 1
    with pytest.raises(SystemExit):
        load.mapping(model, body, blob._replace(digests=["0" * 64] * len(digests)))


def test_loading_holds_at_least_the_model(stage: Stage) -> None:
    model = stage.large(17)

    base, peak = load.peak(model, questions.body(1))

    assert peak - base > model.size


def test_a_first_answer_tells_how_long_its_session_took(stage: Stage) -> None:
    first = load.first_answer(stage.large(17), questions.body(1))

    assert session.phase(first["answer"], "load") is not None
    assert session.phase(first["answer"], "no-such-phase") is None


def test_the_service_and_the_bare_application_answer_alike(stage: Stage) -> None:
    body = questions.body(1)

    with service.sides(stage) as addresses, service.clients(addresses, stage.small.name, body) as asked:
        said = service.measure(asked, connections=2, rounds=1, seconds=0.01)

    answers = service.answers(said)
    questions.agree(answers)
    assert list(answers) == ["Modelet", "bare ASGI application"]
    assert answers["Modelet"].shape == (1, 10)


def test_the_built_functions_answer_alike_from_a_store_at_once_and_from_a_slow_one(
    stage: Stage, built: Mapping[str, tuple[Built, str]]
) -> None:
    event = questions.event("small", questions.body(1))

    for endpoint in (stage.moto, stage.delayed):
        answers = cold.answers(cold.sides(built, stage.small, endpoint), event, stage.scratch)

        questions.agree(answers)
        assert list(answers) == ["Modelet", "FastAPI + Mangum + boto3", "floor", "Modelet, model not named"]
        assert all(answer.shape == (1, 10) for answer in answers.values())


def test_a_deployment_that_names_its_model_has_loaded_it_before_it_is_asked(
    stage: Stage, built: Mapping[str, tuple[Built, str]]
) -> None:
    functions = cold.sides(built, stage.small, stage.moto)
    event = questions.event("small", questions.body(1))

    first = {name: functions[name].first_answer(event, stage.scratch)[1] for name in (cold.OURS, cold.UNNAMED)}

    assert {name: "load;" in answer["headers"]["server-timing"] for name, answer in first.items()} == {
        cold.OURS: False,
        cold.UNNAMED: True,
    }


def test_sides_that_differ_are_told_apart() -> None:
    same, other = np.ones((1, 10), np.float32), np.full((1, 10), 1.1, np.float32)

    with pytest.raises(AssertionError, match="theirs against ours"):
        questions.agree({"ours": same, "theirs": other})
    with pytest.raises(AssertionError, match="theirs"):
        questions.agree({"ours": same, "theirs": same[0]})


def test_a_whole_run_and_the_bare_training_learn_the_same_model(tmp_path: Path) -> None:
    described = training.job(training.data(tmp_path, rows=2000), trees=20)

    whole, bare = (training.side(module, tmp_path, described) for module in ("whole_run", "bare_training"))

    assert whole["r2"] == pytest.approx(bare["r2"], abs=1e-6)
    assert whole["stages"]["publish"] > 0
