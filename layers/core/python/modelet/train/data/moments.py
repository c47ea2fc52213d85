"""When a row was true, as a number that can be compared."""

from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def moments_of(texts: "Array", name: str) -> "Array":
    """The moments of shape [n] that texts tell, FP64: numbers as they are, dates of ISO 8601 as seconds since 1970.
    Raises InvalidJob for what is neither.
    """
    import numpy as np
    import pandas as pd

    distinct, at = np.unique(texts.astype(str), return_inverse=True)
    if distinct[0] == "":
        raise InvalidJob(f"Column {name!r} of data.time has no value in {int((at == 0).sum())} rows.")
    try:
        values = distinct.astype(np.float64)
    except ValueError:
        try:
            found = pd.to_datetime(pd.Series(distinct), format="ISO8601", utc=True)
        except ValueError as error:
            raise InvalidJob(
                f"Column {name!r} of data.time holds neither numbers nor dates as in 2026-07-31: {error}"
            ) from None
        values = found.to_numpy("datetime64[us]").astype(np.float64) / 1e6
    if not np.isfinite(values).all():
        raise InvalidJob(
            f"Column {name!r} of data.time holds {distinct[~np.isfinite(values)][0]!r}, which is no moment."
        )
    held: Array = values[at]
    return held
