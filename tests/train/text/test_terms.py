"""Text by its terms: the exported graph counts and weighs them as scikit-learn does, on any machine's locale."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from onnx import helper

from modelet.errors import InvalidJob
from modelet.train.document import Place
from modelet.train.estimators import Boosting, Logistic
from modelet.train.export import Export, exported_answers
from modelet.train.export.asking import TEXT_ROWS
from modelet.train.export.graph import Graph
from modelet.train.export.precision import PRECISIONS
from modelet.train.export.source import Matrix
from modelet.train.export.text import weighed
from modelet.train.export.text.reading import LOCALE
from modelet.train.features import Features
from modelet.train.features.text import Text, lowered, vectoriser
from modelet.train.features.text.characters import every_character
from modelet.train.job import read_job
from modelet.train.table import Field, Table
from tests.onnx_models import model, tensor
from tests.train.handmade import asked, fitted, job_for
from tests.train.text.sentences import SENTENCES, TEXTS, spoken, table_of

WAYS = {
    "words": Text(),
    "words and pairs": Text(ngrams=(1, 2), sublinear_tf=True),
    "pairs, as written": Text(ngrams=(2, 3), lowercase=False),
    "characters": Text("char", (1, 4)),
    "characters, as written": Text("char", (3, 3), lowercase=False, sublinear_tf=True),
    "within words": Text("char_wb", (1, 5)),
    "long within words": Text("char_wb", (3, 6), max_features=500),
    "frequent": Text("char", min_df=2, max_df=0.5),
}


def graph_of(found: Any, precision: Any = "single") -> bytes:
    graph = Graph(PRECISIONS[precision], ["texts", "weights"])
    graph.rename(weighed(graph, found, Matrix("texts", 1)).whole(graph), "weights")
    kind = 1 if precision == "single" else 11
    made = graph.model("terms", [tensor("texts", ["N", 1], 8)], [tensor("weights", ["N", "T"], kind)])
    return made.SerializeToString(deterministic=True)


def run(held: bytes, texts: list[str]) -> Any:
    session = onnxruntime.InferenceSession(held, providers=["CPUExecutionProvider"])
    return session.run(None, {"texts": np.array(texts, object).reshape(-1, 1)})[0]


@pytest.mark.parametrize("way", WAYS)
def test_a_term_weighs_in_the_graph_what_it_weighs_in_scikit_learn(way: str) -> None:
    found = vectoriser(WAYS[way], "float32")
    expected = found.fit_transform(TEXTS).toarray()

    weights = run(graph_of(found), TEXTS)

    assert expected.shape[1] > 10
    np.testing.assert_allclose(weights, expected, rtol=0, atol=2e-7)


def test_in_double_precision_they_are_the_same_to_the_last_digits() -> None:
    found = vectoriser(WAYS["words and pairs"], "float64")
    expected = found.fit_transform(TEXTS).toarray()

    np.testing.assert_allclose(run(graph_of(found, "double"), TEXTS), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
def test_a_text_is_read_the_same_alone_and_in_any_batch(analyzer: Any) -> None:
    found = vectoriser(Text(analyzer), "float32")
    found.fit(TEXTS)
    held = graph_of(found)

    together = run(held, TEXTS)

    alone = np.concatenate([run(held, [text]) for text in TEXTS])
    np.testing.assert_array_equal(together, alone)
    assert run(held, []).shape == (0, together.shape[1])


def test_small_letters_are_those_of_the_graph_for_every_character() -> None:
    node = helper.make_node("StringNormalizer", ["given"], ["small"], case_change_action="LOWER", locale=LOCALE)
    made = model([node], [tensor("given", ["N"], 8)], [tensor("small", ["N"], 8)]).SerializeToString()
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    characters = np.array([character for character in every_character() if character != "\0"], object)

    (small,) = session.run(None, {"given": characters})

    assert small.tolist() == [lowered(character) for character in characters]


def test_a_model_loads_and_folds_case_where_no_locale_is_set(tmp_path: Path) -> None:
    found = vectoriser(Text(), "float32")
    found.fit(["ÉTÉ été", "autre"])
    (tmp_path / "model.onnx").write_bytes(graph_of(found))
    code = (
        "import sys, numpy, onnxruntime as o; s = o.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider']);"
        "print(int((s.run(None, {'texts': numpy.array([['ÉTÉ'], ['été']], object)})[0] > 0).sum()))"
    )
    bare = {name: value for name, value in os.environ.items() if name != "LANG" and not name.startswith("LC_")}

    command = [sys.executable, "-X", "utf8", "-c", code, str(tmp_path / "model.onnx")]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("2\n", "")


@pytest.mark.parametrize("precision", ["single", "double"])
def test_an_exported_classifier_gives_every_text_the_label_that_the_estimator_gives(precision: Any) -> None:
    features = Features(text=Text("char_wb", (1, 3), sublinear_tf=True))
    job = job_for(Logistic(C=10), features=features, export=Export(precision=precision))

    own, exported, _ = asked(job, spoken())

    assert own.predicted.tolist() == exported.predicted.tolist()
    assert own.probabilities is not None
    assert exported.probabilities is not None
    np.testing.assert_allclose(own.probabilities, exported.probabilities, rtol=0, atol=1e-6)


def test_many_texts_are_asked_a_few_at_a_time() -> None:
    table = spoken()
    job = job_for(Logistic(), features=Features(text=Text("char")))
    _, _, exported = asked(job, table)
    often = table.take(np.arange(TEXT_ROWS + 7) % len(table))

    answers = exported_answers(exported, often)

    assert len(answers.predicted) == len(often)
    assert (
        answers.predicted[-7:].tolist() == exported_answers(exported, often.take(np.arange(-7, 0))).predicted.tolist()
    )


def test_text_stands_beside_numbers_and_categories() -> None:
    table = spoken()
    rows = table.rows.assign(
        length=table.rows["text"].str.len().astype("float32"),
        end=pd.Series([text[-1] for text in table.rows["text"]], dtype=object),
    )
    fields = (*table.fields, Field("length"), Field("end", "category", numeric=False))
    both = replace(table, rows=rows, fields=fields)

    own, exported, made = asked(job_for(Logistic()), both)

    assert [spec.name for spec in made.signature.inputs] == ["text", "length", "end"]
    assert own.predicted.tolist() == exported.predicted.tolist()


def test_equal_jobs_export_equal_bytes() -> None:
    first, second = (asked(job_for(Logistic()), spoken())[2] for _ in range(2))

    assert first.artifact == second.artifact


def test_an_estimator_that_cannot_learn_from_terms_is_refused() -> None:
    with pytest.raises(InvalidJob, match="'boosting' cannot learn from the many terms of column 'text'"):
        fitted(job_for(Boosting()), spoken())


def test_texts_without_any_word_are_refused() -> None:
    empty: Table = table_of(["", "?", "!", ""], np.array(["a", "b", "a", "b"], object))

    with pytest.raises(InvalidJob, match="empty vocabulary"):
        fitted(job_for(Logistic()), empty)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("ngrams: [2, 1]", "ngrams must be the shortest and the longest"),
        ("ngrams: [1]", "ngrams must be the shortest and the longest"),
        ("ngrams: [0, 1]", "must be at least 1"),
        ("{analyzer: char_wb, ngrams: [4, 5]}", "must begin at 3 or less"),
        ("analyzer: words", "must be one of word, char, char_wb"),
    ],
)
def test_what_cannot_be_counted_is_named(section: str, problem: str) -> None:
    text = section if section.startswith("{") else f"{{{section}}}"
    job = f"{{model: m, data: {{source: 'sklearn:iris'}}, estimator: {{name: logistic}}, features: {{text: {text}}}}}"

    with pytest.raises(InvalidJob, match=r"features\.text") as caught:
        read_job(job.encode(), Place("job.yaml"))

    assert problem in caught.value.message


def test_the_languages_differ() -> None:
    assert len({len(set(texts)) for texts in SENTENCES.values()}) == 1
