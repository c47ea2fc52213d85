"""What each third-party model is given, and what a right answer looks like: small inputs whose answer a person knows
(a drawn number, a ping-pong ball, a passenger of the Titanic), so that a test sees more than shapes.

Outputs are named tensors; a ZipMap's sequence of maps is expected as one tensor, a column per label in label order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Tensors = dict[str, Array]


@dataclass(frozen=True)
class Case:
    """Inputs of one model, and the check of its outputs."""

    inputs: Callable[[], Tensors]
    check: Callable[[Tensors], None]


def _rapidocr_direction_inputs() -> Tensors:
    upright = _line_of_text(width=192)
    return {"x": np.concatenate([upright, upright[:, :, ::-1, ::-1]])}


def _rapidocr_direction_check(outputs: Tensors) -> None:
    scores = outputs["save_infer_model/scale_0.tmp_1"]
    assert scores.shape == (2, 2)
    assert scores[0, 0] > 0.9, "the upright line was not recognised as such"
    assert scores[1, 1] > 0.9, "the line turned by 180 degrees was not recognised as such"


def _rapidocr_recognition_inputs() -> Tensors:
    return {"x": _line_of_text()}


def _rapidocr_recognition_check(outputs: Tensors) -> None:
    # One row of scores per slice of the picture; class 0 is "no letter", and a letter may span slices.
    best = outputs["softmax_11.tmp_0"][0].argmax(axis=1)
    starts = np.insert(best[1:] != best[:-1], 0, True)
    assert "".join(OCR_DIGITS.get(int(letter), "?") for letter in best[starts] if letter) == TEXT


def _silero_inputs() -> Tensors:
    return {
        "input": np.stack([np.zeros(576, np.float32), _voice(576)]),
        "state": np.zeros((2, 2, 128), np.float32),
        "sr": np.array(16_000, np.int64),
    }


def _silero_check(outputs: Tensors) -> None:
    speech = outputs["output"]
    assert speech.shape == (2, 1)
    assert speech[0, 0] < 0.1, "silence must not sound like speech"
    assert speech[1, 0] > 0.5, "a vowel must"
    state = outputs["stateN"]
    assert state.shape == (2, 2, 128)
    assert np.abs(state[:, 1]).max() > 0.1, "the state did not move"


def _silero_sequence_inputs() -> Tensors:
    frames = np.concatenate([np.zeros(3 * 512, np.float32), _voice(3 * 512)]).reshape(6, 512)
    before = np.concatenate([np.zeros((1, 64), np.float32), frames[:-1, -64:]])
    cold = np.zeros((1, 1, 128), np.float32)
    return {"input": np.concatenate([before, frames], axis=1), "h": cold, "c": cold}


def _silero_sequence_check(outputs: Tensors) -> None:
    speech = outputs["speech_probs"]
    assert speech.shape == (6,)
    assert speech[:3].max() < 0.1, "silence must not sound like speech"
    assert speech[3:].max() > 0.5, "a vowel must"
    assert outputs["hn"].shape == outputs["cn"].shape == (1, 1, 128)


def _titanic_inputs() -> Tensors:
    return {
        "pclass": np.array([["1"], ["3"]], dtype=object),
        "sex": np.array([["female"], ["male"]], dtype=object),
        "age": np.array([[29.0], [30.0]], np.float32),
        "fare": np.array([[100.0], [8.0]], np.float32),
        "embarked": np.array([["C"], ["S"]], dtype=object),
    }


def _titanic_survival_check(outputs: Tensors) -> None:
    assert outputs["output_label"].tolist() == [1, 0]
    chances = outputs["output_probability"]
    assert chances.shape == (2, 2)
    assert chances[0, 1] > 0.9, "a woman of the first class survived"
    assert chances[1, 0] > 0.9, "a man of the third class did not"


def _titanic_numbers_check(outputs: Tensors) -> None:
    scaled = outputs["variable1"]
    assert scaled.shape == (2, 2)
    assert scaled[0, 0] < scaled[1, 0], "29 years are less than 30"
    assert scaled[0, 1] > 1, "a fare of 100 is high"
    assert scaled[1, 1] < 0, "one of 8 is low"


def _iris_inputs() -> Tensors:
    return {"float_input": np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3], [5.9, 2.8, 4.3, 1.3]], np.float32)}


def _iris_check(outputs: Tensors) -> None:
    assert outputs["output_label"].tolist() == [0, 2, 1]
    assert outputs["output_probability"].shape == (3, 3)
    np.testing.assert_allclose(outputs["output_probability"], np.eye(3)[[0, 2, 1]], atol=0.1)


def _squeezenet_inputs() -> Tensors:
    row, column = np.mgrid[:224, :224]
    ball = (row - 112) ** 2 + (column - 112) ** 2 < 80**2
    colours = zip((255, 140, 0), (90, 150, 60), strict=True)  # an orange ball on a green table
    return {"data": _as_photo(np.stack([np.where(ball, inside, around) for inside, around in colours]))}


def _squeezenet_check(outputs: Tensors) -> None:
    scores = outputs["squeezenet0_flatten0_reshape0"]
    assert scores.shape == (1, 1000)
    assert scores.argmax() == 722, "ImageNet's class 722 is the ping-pong ball"


def _malviz_inputs() -> Tensors:
    black, white = np.zeros((3, 224, 224)), np.full((3, 224, 224), 255.0)
    return {"input": np.concatenate([_as_photo(black), _as_photo(white)])}


def _malviz_check(outputs: Tensors) -> None:
    logits = outputs["logits"]
    assert logits.shape == (2, 26)
    assert logits.argmax(axis=1).tolist() == [15, 6], "nothing but zeros looks like Lolyda.AA3, nothing but ones benign"


def _french_lemma_inputs() -> Tensors:
    words = [[*_letters("mangeons"), END], [*_letters("journaux"), END]]
    lemmas = [[START, *_letters("manger"), PAD], [START, *_letters("journal")]]
    return {"src": np.array(words, np.int64), "tgt_in": np.array(lemmas, np.int64)}


def _french_lemma_check(outputs: Tensors) -> None:
    # Each step is given the lemma so far and must say the next letter.
    letters = outputs["token_logits"].argmax(axis=2).tolist()
    assert letters[0][:7] == [*_letters("manger"), END]
    assert letters[1] == [*_letters("journal"), END]
    assert outputs["code_logits"].argmax(axis=1).tolist() == [5, 1], "a verb, and a noun"


def _magika_inputs() -> Tensors:
    page = b"<!doctype html>\n<html lang='en'>\n<head><title>Models</title></head>\n<body>\n<h1>Models</h1>\n"
    page += b"</body>\n</html>"
    script = b"import os\nimport sys\n\n\ndef main() -> None:\n    for name in sorted(os.listdir(sys.argv[1])):\n"
    script += b'        print(name)\n\n\nif __name__ == "__main__":\n    main()'
    return {"bytes": np.array([_both_ends(page), _both_ends(script)], np.int32)}


def _magika_check(outputs: Tensors) -> None:
    scores = outputs["target_label"]
    assert scores.shape == (2, 214)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-4)
    assert scores.argmax(axis=1).tolist() == [71, 143], "html, and python"


def _neighbours_inputs() -> Tensors:
    # neighbours, algorithm, data set (1 is digits), folds, share of the data
    return {"input": np.array([[5, 0, 1, 5, 1], [150, 0, 1, 5, 1]], np.float32)}


def _neighbours_check(outputs: Tensors) -> None:
    accuracy = outputs["variable"]
    assert accuracy.shape == (2, 1)
    assert 0.8 < accuracy[1, 0] < 0.9 < accuracy[0, 0] < 1, "too many neighbours blur the digits"


CASES = {
    "rapidocr-direction": Case(_rapidocr_direction_inputs, _rapidocr_direction_check),
    "rapidocr-recognition": Case(_rapidocr_recognition_inputs, _rapidocr_recognition_check),
    "silero-vad": Case(_silero_inputs, _silero_check),
    "silero-vad-sequence": Case(_silero_sequence_inputs, _silero_sequence_check),
    "titanic-survival": Case(_titanic_inputs, _titanic_survival_check),
    "titanic-numbers": Case(_titanic_inputs, _titanic_numbers_check),
    "iris-forest": Case(_iris_inputs, _iris_check),
    "squeezenet": Case(_squeezenet_inputs, _squeezenet_check),
    "malviz": Case(_malviz_inputs, _malviz_check),
    "french-lemma": Case(_french_lemma_inputs, _french_lemma_check),
    "magika": Case(_magika_inputs, _magika_check),
    "neighbours-surrogate": Case(_neighbours_inputs, _neighbours_check),
}

TEXT = "31415926"
# Five columns by seven rows, a row per number, the left column its highest bit.
GLYPHS = {
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (31, 2, 4, 2, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
}
# Where the digits stand in the recognition model's alphabet, counted from its "no letter".
OCR_DIGITS = {26: "0", 93: "1", 25: "2", 94: "3", 632: "4", 631: "5", 933: "6", 29: "7", 27: "8", 1109: "9"}
PAD, START, END, LETTER_A = 0, 1, 2, 42


def _line_of_text(width: int | None = None) -> Array:
    # TEXT in black on white, 48 pixels high, softened as a photo would be, scaled to ±1, padded with grey.
    glyphs = [np.array([[row >> bit & 1 for bit in (4, 3, 2, 1, 0, 8)] for row in GLYPHS[digit]]) for digit in TEXT]
    ink = np.pad(np.hstack(glyphs).repeat(5, axis=0).repeat(5, axis=1), ((6, 7), (6, 1)))
    padded = np.pad(ink, 1)
    rows, columns = ink.shape
    soft = np.mean([padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)], axis=0)
    line = 1 - 2 * soft
    if width is not None:
        line = np.pad(line[:, :width], ((0, 0), (0, max(0, width - columns))))
    return np.stack([line] * 3)[np.newaxis].astype(np.float32)


def _voice(samples: int) -> Array:
    # An "a" at 100 Hz, sampled at 16 kHz: harmonics shaped by three formants.
    time = np.arange(samples) / 16_000
    harmonics = 100.0 * np.arange(1, 40)
    formants = ((700, 90, 1.0), (1220, 110, 0.6), (2600, 160, 0.3))
    strength = np.sum([gain / (1 + ((harmonics - middle) / width) ** 2) for middle, width, gain in formants], axis=0)
    wave = np.sin(2 * np.pi * np.outer(time, harmonics)) @ strength
    return np.asarray(0.5 * wave / np.abs(wave).max(), np.float32)


def _as_photo(pixels: Array) -> Array:
    # Channels, rows and columns of 0–255, as models trained on ImageNet want them.
    mean, deviation = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).reshape(2, 3, 1, 1)
    return np.asarray((pixels / 255 - mean) / deviation, np.float32)[np.newaxis]


def _letters(word: str) -> list[int]:
    return [LETTER_A + ord(letter) - ord("a") for letter in word]


def _both_ends(content: bytes) -> list[int]:
    # The first and the last 1024 bytes; 256 stands for none.
    filler = [256] * max(0, 1024 - len(content))
    return [*content[:1024], *filler, *filler, *content[-1024:]]
