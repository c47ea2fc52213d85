"""The tokenizer within the graph against the one of Hugging Face."""

from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from modelet.errors import InvalidJob
from modelet.manifest import Artifact, Manifest
from modelet.session import Session
from modelet.train.export.graph import Graph
from modelet.train.export.precision import PRECISIONS
from modelet.train.export.text.tokens import tokenised
from modelet.train.features.encoder.wordpiece import read_tokenizer
from tests.onnx_models import tensor
from tests.published import declared_signature
from tests.train.text.pretrained import tokenizer
from tests.train.text.sentences import TEXTS


def tokens_of(held: Tokenizer, texts: list[str], most: int = 64, batch: int = 1) -> list[list[int]]:
    graph = Graph(PRECISIONS["single"], ["texts", "numbers", "mask"])
    made = tokenised(graph, read_tokenizer(held.to_str().encode(), "it"), most, "texts")
    graph.rename(made.numbers, "numbers")
    graph.rename(made.mask, "mask")
    outputs = [tensor(name, ["N", "T"], 7) for name in ("numbers", "mask")]
    model = graph.model("tokens", [tensor("texts", ["N", 1], 8)], outputs)
    data = model.SerializeToString()
    manifest = Manifest("tokens", Artifact("0" * 64, len(data)), declared_signature(model), opsets=graph.opsets)
    session = Session(manifest, data, threads=1)
    found: list[list[int]] = []
    for at in range(0, len(texts), batch):
        given = np.array(texts[at : at + batch], object).reshape(-1, 1)
        answer = session.run({"texts": given}, ["numbers", "mask"])
        for numbers, mask in zip(answer["numbers"], answer["mask"], strict=True):
            count = int(mask.sum())
            assert (numbers[count:] == 0).all()
            assert (mask[:count] == 1).all()
            found.append(numbers[:count].tolist())
        assert len(answer["numbers"][0]) == max(len(row) for row in found[at:])
    return found


def expected(held: Tokenizer, texts: list[str], most: int = 64) -> list[list[int]]:
    held.enable_truncation(most)
    return [encoding.ids for encoding in held.encode_batch(texts)]


@pytest.mark.parametrize("batch", [1, 3, len(TEXTS)])
def test_tokens_are_those_of_hugging_face_in_any_batch(batch: int) -> None:
    held = tokenizer()

    assert tokens_of(held, TEXTS, batch=batch) == expected(held, TEXTS)


@pytest.mark.parametrize(
    "options",
    [
        {"lowercase": False},
        {"lowercase": False, "strip_accents": True},
        {"lowercase": True, "strip_accents": False},
    ],
    ids=str,
)
def test_case_and_accents_are_what_the_tokenizer_says(options: dict[str, Any]) -> None:
    held = tokenizer(**options)

    assert tokens_of(held, TEXTS, batch=5) == expected(held, TEXTS)


@pytest.mark.parametrize("most", [3, 4, 17])
def test_a_long_text_is_cut_where_hugging_face_cuts_it(most: int) -> None:
    held = tokenizer()

    assert tokens_of(held, TEXTS, most) == expected(held, TEXTS, most)
    assert max(map(len, expected(held, TEXTS, most))) == most


def test_some_words_of_the_test_are_known_and_some_are_not() -> None:
    held = tokenizer()

    unknown = [encoding.ids.count(1) for encoding in held.encode_batch(TEXTS)]

    assert sum(unknown) > 10
    assert unknown.count(0) > 10


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is not the tokenizer.json of"),
        (b"[]", "is not the tokenizer.json of"),
        (b'{"model": {"type": "WordPiece"}}', "is not the tokenizer.json of"),
        (
            b'{"model": {"type": "BPE"}, "normalizer": null, "pre_tokenizer": null, "post_processor": null}',
            "has the model 'BPE', and only WordPiece",
        ),
    ],
)
def test_another_tokenizer_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(InvalidJob, match=r"features\.encoder\.tokenizer") as caught:
        read_tokenizer(data, "'tokenizer.json'")

    assert problem in caught.value.message
