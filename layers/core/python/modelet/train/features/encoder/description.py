"""What a job says of a pretrained encoder."""

from dataclasses import dataclass
from typing import Annotated, Literal

from modelet.train.schema import Bounds


@dataclass(frozen=True, slots=True)
class Encoder:
    """A transformer in ONNX and its tokenizer, each a path, a `file://` or an `s3://` URL; external data lies beside
    the model.

    Of a text, the first `max_tokens` are read, the marks of its beginning and end among them. `pooling` makes one
    vector of those of its tokens: their mean, or that of the first one (cls); `normalise` scales it to length one.
    """

    model: str
    tokenizer: str
    max_tokens: Annotated[int, Bounds(at_least=3, at_most=8192)] = 128
    pooling: Literal["mean", "cls"] = "mean"
    normalise: bool = False
