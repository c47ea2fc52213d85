"""A small encoder as Hugging Face's tools leave one: an ONNX model with its weights beside it, and a tokenizer.json."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from modelet.train.features.encoder import Encoder
from tests.train.text.sentences import TEXTS

WIDTH = 8
MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def tokenizer(lowercase: bool = True, strip_accents: bool | None = None, clean: bool = True) -> Tokenizer:
    """A tokenizer of BERT's kind, which knows most pieces of the sentences, and not all."""
    normaliser = BertNormalizer(clean, True, strip_accents, lowercase)
    pieces = BertPreTokenizer()
    words = {
        word for text in TEXTS for word, _ in pieces.pre_tokenize_str(normaliser.normalize_str(text)) if len(word) < 40
    }
    letters = {letter for word in words for letter in word if letter not in "vpışщच文語な어"}
    whole = {word for word in words if len(word) % 2}
    halves = {half for word in whole for half in (word[:3], f"##{word[3:]}", word[:2]) if half != "##"}
    vocabulary = [*MARKS, *sorted(letters | {f"##{letter}" for letter in letters if letter.isascii()} | halves)]
    made = Tokenizer(WordPiece({piece: at for at, piece in enumerate(dict.fromkeys(vocabulary))}, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normaliser, pieces
    made.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(mark, MARKS.index(mark)) for mark in ("[CLS]", "[SEP]")]
    )
    return made


def encoder(folder: Path, opset: int = 21, segments: bool = True, **options: Any) -> Encoder:
    """Write an encoder that gives each token a vector of its own, whatever stands around it."""
    made = tokenizer()
    made.save(str(folder / "tokenizer.json"))
    save(folder / "encoder.onnx", made.get_vocab_size(), opset, segments)
    return Encoder(str(folder / "encoder.onnx"), str(folder / "tokenizer.json"), **options)


def save(path: Path, size: int, opset: int = 21, segments: bool = True) -> None:
    """Write the model, with its weights in a file beside it."""
    random = np.random.default_rng(3)
    table = random.normal(size=(size, WIDTH)).astype(np.float32)
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["tokens"])]
    inputs = ["input_ids", "attention_mask"]
    held = "tokens"
    if segments:
        inputs.append("token_type_ids")
        nodes.append(helper.make_node("Gather", ["segments", "token_type_ids"], ["segment"]))
        nodes.append(helper.make_node("Add", ["tokens", "segment"], ["moved"]))
        held = "moved"
    nodes.append(helper.make_node("Tanh", [held], ["last_hidden_state"]))
    constants = {
        "table": table,
        **({"segments": random.normal(size=(2, WIDTH)).astype(np.float32)} if segments else {}),
    }
    graph = helper.make_graph(
        nodes,
        "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", WIDTH])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save_model(model, path, save_as_external_data=True, location=f"{path.name}_data", size_threshold=100)
