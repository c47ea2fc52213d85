"""Whether probabilities mean what they say: of all answers that claim 80 %, about 80 % should be right.

Of two classes, the claim is the share of the second; of more, that of the class with the largest.
https://arxiv.org/abs/1706.04599 (expected calibration error); https://scikit-learn.org/stable/modules/calibration.html
"""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

BINS = 10
"""Of equal width."""


class Bin(NamedTuple):
    """The answers whose claim falls between two bounds: how many there are, their mean claim, and the share that came
    true.
    """

    rows: int
    claimed: float
    came_true: float


def calibration_error(shares: "Array", truth: "Array", weights: "Array") -> "Array":
    """For weightings of shape [b, n], the mean distance between claim and truth of the bins, by their rows; [b]."""
    import numpy as np

    claims, right = claims_of(shares, truth)
    places, off = _places(claims), claims - right
    distance = np.zeros(len(weights))
    for place in np.unique(places):
        inside = places == place
        distance += np.abs(weights[:, inside] @ off[inside])
    error: Array = distance / weights.sum(axis=1)
    return error


def calibration(shares: "Array", truth: "Array") -> tuple[Bin, ...]:
    """The bins that are not empty, by rising claim."""
    claims, right = claims_of(shares, truth)
    places = _places(claims)
    return tuple(
        Bin(int(inside.sum()), float(claims[inside].mean()), float(right[inside].mean()))
        for place in range(BINS)
        if (inside := places == place).any()
    )


def claims_of(shares: "Array", truth: "Array") -> "tuple[Array, Array]":
    """What was claimed for each row, and 1.0 where that came true, else 0.0."""
    if shares.shape[1] == 2:
        return shares[:, 1], (truth == 1).astype(float)
    return shares.max(axis=1), (shares.argmax(axis=1) == truth).astype(float)


def _places(claims: "Array") -> "Array":
    import numpy as np

    return np.minimum((claims * BINS).astype(np.int64), BINS - 1)
