"""Text as an embedding: a pretrained transformer, with its tokenizer, turns it into numbers that an estimator learns
from.
"""

from modelet.train.features.encoder.description import Encoder
from modelet.train.features.encoder.embedding import embedding, telling

__all__ = ["Encoder", "embedding", "telling"]
