"""bfloat16, which numpy lacks: the upper half of an FP32 number.

Source: https://cloud.google.com/tpu/docs/bfloat16
"""

from typing import Any

import numpy as np
import numpy.typing as npt

PRECISION = 8  # bits of a number, the hidden one included
LEAST_EXPONENT = -133  # of the smallest subnormal number


def widen(bits: "np.ndarray[Any, np.dtype[np.uint16]]") -> npt.NDArray[np.float32]:
    """The FP32 numbers of 16-bit patterns, all of them exact: NaNs keep their payload, zeros their sign."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def nearest(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The nearest bfloat16 numbers, and of two that are as near the one with an even pattern, as FP32.

    In one step from FP64: by way of FP32, a number just beside the middle would be rounded twice.
    """
    _, exponents = np.frexp(numbers)
    steps = np.maximum(exponents - PRECISION, LEAST_EXPONENT)
    rounded: npt.NDArray[np.float64] = np.ldexp(np.rint(np.ldexp(numbers, -steps)), steps)
    return rounded.astype(np.float32)
