"""A pretrained encoder, its tokenizer and a trained head as one model: text in, label out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import load_model, load_model_from_string
from onnx.shape_inference import infer_shapes

from modelet.errors import InvalidJob
from modelet.messages import InferRequest
from modelet.publish import push
from modelet.publish.quantising import quantised
from modelet.store.memory import MemoryStore
from modelet.tensors.nested import JsonTensor
from modelet.train.data import Data
from modelet.train.estimators import Linear, Logistic
from modelet.train.export import Export, exported_answers
from modelet.train.features import Features
from modelet.train.features.encoder import Encoder
from modelet.train.features.encoder.embedding import forget, vectors_of
from modelet.train.features.encoder.files import read_pretrained
from modelet.train.job import Job
from tests.published import serve
from tests.train.handmade import asked, fitted, job_for, made
from tests.train.text.pretrained import WIDTH, encoder, save, tokenizer
from tests.train.text.sentences import TEXTS, spoken


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors are kept below the folder for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def job_with(held: Encoder, **sections: Any) -> Job:
    return job_for(Logistic(C=100), features=Features(encoder=held), **sections)


def by_hand(folder: Path, pooling: str, segments: bool) -> list[Any]:
    held = tokenizer()
    held.enable_truncation(64)
    session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), providers=["CPUExecutionProvider"])
    vectors = []
    for encoding in held.encode_batch(TEXTS):
        ids = np.array([encoding.ids])
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        feeds |= {"token_type_ids": np.zeros_like(ids)} if segments else {}
        (hidden,) = session.run(None, feeds)
        vectors.append(hidden[0].mean(axis=0) if pooling == "mean" else hidden[0, 0])
    return vectors


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize(("opset", "segments"), [(21, True), (14, False)])
def test_a_vector_is_what_the_encoder_makes_of_the_tokens(
    tmp_path: Path, pooling: Any, opset: int, segments: bool
) -> None:
    held = read_pretrained(encoder(tmp_path, opset, segments, pooling=pooling, max_tokens=64))

    vectors = vectors_of(held, TEXTS)

    assert vectors.shape == (len(TEXTS), WIDTH)
    np.testing.assert_allclose(vectors, by_hand(tmp_path, pooling, segments), rtol=0, atol=1e-6)


def test_vectors_may_be_scaled_to_length_one(tmp_path: Path) -> None:
    held = read_pretrained(encoder(tmp_path, normalise=True))

    np.testing.assert_allclose(np.linalg.norm(vectors_of(held, TEXTS), axis=1), 1, atol=1e-6)


def test_the_exported_model_answers_as_the_estimator_does_in_any_batch(tmp_path: Path) -> None:
    table = spoken()

    own, exported, whole = asked(job_with(encoder(tmp_path)), table)

    assert own.predicted.tolist() == exported.predicted.tolist()
    assert own.probabilities is not None
    assert exported.probabilities is not None
    np.testing.assert_allclose(own.probabilities, exported.probabilities, rtol=0, atol=1e-5)
    every = exported_answers(whole, table)
    alone = [exported_answers(whole, table.take(np.array([at]))).probabilities for at in range(len(table))]
    assert every.probabilities is not None
    np.testing.assert_allclose(
        every.probabilities, np.concatenate([held for held in alone if held is not None]), atol=1e-5
    )


def test_tools_that_infer_shapes_and_quantise_take_the_model(tmp_path: Path) -> None:
    table = spoken()

    _, exported, whole = asked(job_with(encoder(tmp_path)), table)
    small = quantised(whole.artifact)

    assert infer_shapes(load_model_from_string(whole.artifact), strict_mode=True).graph.output
    assert small is not None
    answers = exported_answers(replace(whole, artifact=small), table)
    assert answers.probabilities is not None
    assert exported.probabilities is not None
    assert answers.probabilities.shape[1] == exported.probabilities.shape[1]


def test_double_precision_is_that_of_the_head(tmp_path: Path) -> None:
    own, exported, _ = asked(job_with(encoder(tmp_path), export=Export(precision="double")), spoken())

    assert own.predicted.tolist() == exported.predicted.tolist()


def test_a_number_can_be_learnt_from_text(tmp_path: Path) -> None:
    table = spoken()
    lengths = replace(table, truth=table.rows["text"].str.len().to_numpy(np.float64), task="regression")

    own, exported, _ = asked(job_for(Linear(), features=Features(encoder=encoder(tmp_path))), lengths)

    np.testing.assert_allclose(own.predicted, exported.predicted, rtol=1e-4)


def test_one_file_is_published_with_its_variants_and_answers_a_text(tmp_path: Path) -> None:
    table = spoken()
    _, _, exported = asked(job_with(encoder(tmp_path)), table)
    path, store = tmp_path / "model.onnx", MemoryStore()
    path.write_bytes(exported.artifact)

    manifest = push(store, path, "m")

    assert manifest.opsets["ai.onnx.contrib"] == 1
    assert manifest.parity.get("variants"), manifest.parity
    models = serve(store)
    for text, label in zip(table.rows["text"], exported_answers(exported, table).predicted.tolist(), strict=True):
        answer = models.predict(InferRequest("m", "live", {"text": JsonTensor(text)}, bare_rows=True))
        assert (answer.bare, answer.outputs["label"].tolist()) == (True, [label])


def test_a_text_is_embedded_once_and_remembered_by_later_processes(tmp_path: Path) -> None:
    held = read_pretrained(encoder(tmp_path))
    first = vectors_of(held, TEXTS)
    (kept,) = (tmp_path).glob("modelet-vectors-*/*.npz")
    with np.load(kept) as stored:
        keys, vectors = stored["keys"], stored["vectors"]
    np.savez(kept, keys=keys, vectors=vectors + 1)
    assert vectors_of(held, TEXTS).tolist() == first.tolist()
    forget()
    assert vectors_of(held, TEXTS).tolist() == (first + 1).tolist()


def test_vectors_of_two_processes_are_kept_beside_each_other(tmp_path: Path) -> None:
    held = read_pretrained(encoder(tmp_path))
    vectors_of(held, TEXTS[:5])
    (kept,) = (tmp_path).glob("modelet-vectors-*/*.npz")
    first = kept.read_bytes()
    kept.unlink()
    forget()
    vectors_of(held, TEXTS[5:8])
    kept.write_bytes(first)

    vectors_of(held, TEXTS[8:9])

    with np.load(kept) as stored:
        assert len(stored["keys"]) == 9


def test_kept_vectors_that_are_damaged_are_made_again(tmp_path: Path) -> None:
    held = read_pretrained(encoder(tmp_path))
    first = vectors_of(held, TEXTS)
    (kept,) = (tmp_path).glob("modelet-vectors-*/*.npz")
    for damage in (b"", kept.read_bytes()[:100]):
        kept.write_bytes(damage)
        forget()
        assert vectors_of(held, TEXTS).tolist() == first.tolist()


@pytest.mark.parametrize("missing", ["encoder.onnx", "tokenizer.json", "encoder.onnx_data"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    held = encoder(tmp_path)
    (tmp_path / missing).unlink()

    with pytest.raises(InvalidJob, match=r"features\.encoder\.(model|tokenizer): there is no file") as caught:
        fitted(job_with(held), spoken())

    assert missing in caught.value.message


def test_what_is_no_encoder_is_refused(tmp_path: Path) -> None:
    held = encoder(tmp_path)
    (tmp_path / "encoder.onnx").write_bytes(b"hello, I am a model")
    with pytest.raises(InvalidJob, match="is not an ONNX file, or is cut short"):
        fitted(job_with(held), spoken())

    save(tmp_path / "other.onnx", 10)
    model = load_model(tmp_path / "other.onnx", load_external_data=False)
    model.graph.input[0].name = "words"
    (tmp_path / "encoder.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(InvalidJob, match="takes attention_mask, token_type_ids, words, and an encoder takes input_ids"):
        fitted(job_with(held), spoken())


def test_an_encoder_needs_a_column_of_text(tmp_path: Path) -> None:
    with pytest.raises(InvalidJob, match=r"features\.encoder is for text, and no column is"):
        fitted(job_with(encoder(tmp_path)), made("binary"))


def test_the_data_of_a_job_is_named_as_text() -> None:
    assert Data("reviews.csv", types={"text": "text"}).types == {"text": "text"}
