"""bfloat16 against a second implementation, which neither rounds twice nor knows anything of ours: exact fractions."""

from bisect import bisect_left
from fractions import Fraction

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelet.tensors.bfloat16 import nearest, widen
from modelet.tensors.nested import BFLOAT16_MAX, OVERFLOW

PATTERNS = np.arange(0x7F81, dtype=np.uint16)  # zero to infinity
VALUES = [*map(Fraction, widen(PATTERNS[:-1]).tolist()), Fraction(2) ** 128]


def expected(number: float) -> Fraction:
    """The nearest value, of two that are as near the one with an even pattern."""
    wanted = abs(Fraction(number))
    at = bisect_left(VALUES, wanted)
    below, above = VALUES[max(0, at - 1)], VALUES[at]
    if at and (wanted - below < above - wanted or (wanted - below == above - wanted and at % 2)):
        return below if number > 0 else -below
    return above if number > 0 else -above


@settings(max_examples=300)
@given(number=st.floats(-3.3895e38, 3.3895e38) | st.floats(-1e-37, 1e-37) | st.floats(-2.0, 2.0))
@example(1.0039062500000002)
@example(1.00390625)
@example(4.591774807899561e-41)
@example(4.591774807899562e-41)
@example(5e-324)
def test_every_number_is_rounded_once_to_the_nearest(number: float) -> None:
    assert Fraction(float(nearest(np.array([number]))[0])) == expected(number)


def test_every_pattern_is_what_it_was_after_widening_and_rounding() -> None:
    everything = np.arange(2**16, dtype=np.uint16)

    wide = widen(everything)

    assert np.array_equal(wide.view(np.uint32) >> 16, everything)
    finite = np.isfinite(wide)
    assert np.array_equal(nearest(wide[finite].astype(np.float64)).view(np.uint32), wide[finite].view(np.uint32))


def test_the_least_that_rounds_to_infinity_is_the_middle_between_the_largest_and_the_next() -> None:
    assert float(widen(np.array([0x7F7F], np.uint16))[0]) == BFLOAT16_MAX
    assert Fraction(OVERFLOW["BF16"]) == (Fraction(BFLOAT16_MAX) + Fraction(2) ** 128) / 2
    assert nearest(np.nextafter([OVERFLOW["BF16"]], 0)).tolist() == [BFLOAT16_MAX]
