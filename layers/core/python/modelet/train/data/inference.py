"""What columns hold: numbers, categories or text, seen from all of their values."""

from dataclasses import dataclass, field
from typing import Any

from modelet.errors import InvalidJob
from modelet.train.data.chunks import Chunk
from modelet.train.data.values import are_flags, first_odd, is_text, known, parsed
from modelet.train.table import Field, Kind

NEARLY_ALL = 0.9
"""Where so many of a column's values are numbers, one that is none is a mistake rather than a category."""
MOST_CATEGORIES = 1000
"""More distinct texts than this of several words are sentences."""
WORDS, LETTERS = 3.0, 30.0
"""Texts with so many words, or letters where words are not separated, are sentences unless they repeat."""
EXACT = 2**24
"""Whole numbers up to here are told apart in FP32."""


@dataclass(slots=True)
class Observed:
    """What was seen of a column. Values are numbers, flags (true and false) or texts; `odd` is the first of those that
    are no numbers where the format cannot tell, and `others` is how many there are. `zeros` is the first number that is
    written with a leading 0, and `digits` whether all are written with digits alone.
    """

    values: int = 0
    numbers: int = 0
    flags: int = 0
    texts: int = 0
    others: int = 0
    whole: bool = True
    largest: float = 0
    zeros: str = ""
    digits: bool = True
    letters: int = 0
    spaces: int = 0
    odd: str = ""
    distinct: set[str] = field(default_factory=set)

    def see(self, chunk: Chunk, name: str, missing: tuple[str, ...]) -> None:
        """See the values of a chunk."""
        import pyarrow as pa

        column = chunk.batch[name]
        if is_text(column):
            self._see_texts(chunk, name, missing)
            return
        if pa.types.is_floating(column.type):
            self.whole = self.digits = False
            column = _without_nan(column)
        found = len(column) - column.null_count
        self.values += found
        if pa.types.is_boolean(column.type):
            self.flags += found
        elif found:
            self._see_numbers(column, found)

    def _see_numbers(self, column: Any, found: int) -> None:
        import pyarrow.compute as pc

        self.numbers += found
        ends = pc.min_max(column).as_py()
        self.largest = max(self.largest, *(abs(end) for end in ends.values() if end is not None))

    def _see_texts(self, chunk: Chunk, name: str, missing: tuple[str, ...]) -> None:
        import pyarrow as pa

        texts, _ = known(chunk.batch[name], missing)
        found = len(texts) - texts.null_count
        self.values += found
        if not found:
            return
        if name not in chunk.plain:
            self.texts += found
            self._note(chunk, name, missing)
        elif (numbers := parsed(texts)) is not None:
            self.whole &= pa.types.is_integer(numbers.type)
            self._see_digits(chunk, texts)
            self._see_numbers(_without_nan(numbers), found)
            return
        else:
            odd = self._note(chunk, name, missing)
            if are_flags(texts):
                self.flags += found
                return
            self.others += odd
            self.numbers += found - odd
        self._see_words(texts)

    def _see_digits(self, chunk: Chunk, texts: Any) -> None:
        import pyarrow.compute as pc

        self.digits = self.digits and bool(pc.all(pc.utf8_is_decimal(texts)).as_py())
        if self.zeros:
            return
        at = pc.index(pc.match_substring_regex(texts, r"^[-+]?0\d"), value=True).as_py()
        if at >= 0:
            self.zeros = f"{texts[at].as_py()!r:.80} in {chunk.where(at)}"

    def _note(self, chunk: Chunk, name: str, missing: tuple[str, ...]) -> int:
        odd = first_odd(chunk.batch[name], missing)
        if odd is None:
            return 0
        self.odd = self.odd or f"{odd[1]!r:.80} in {chunk.where(odd[0])}"
        return odd[2]

    def _see_words(self, texts: Any) -> None:
        import pyarrow.compute as pc

        self.letters += pc.sum(pc.utf8_length(texts)).as_py() or 0
        self.spaces += pc.sum(pc.count_substring(texts, " ")).as_py() or 0
        if len(self.distinct) <= MOST_CATEGORIES:
            self.distinct.update(texts.drop_null().unique().slice(0, MOST_CATEGORIES + 1).to_pylist())

    @property
    def are_sentences(self) -> bool:
        """Whether the texts are of several words and hardly repeat."""
        seen = max(1, self.texts + self.others)
        long = self.spaces / seen + 1 >= WORDS or self.letters / seen >= LETTERS
        return long and (len(self.distinct) > MOST_CATEGORIES or len(self.distinct) > seen / 2)

    @property
    def only_numbers(self) -> bool:
        """Whether every value is a number, or every value a flag."""
        return self.values in (self.numbers, self.flags)

    @property
    def are_codes(self) -> bool:
        """Whether every value is of digits, and some would lose their leading zeros as numbers: such as zip codes."""
        return bool(self.values == self.numbers and self.digits and self.zeros)


def field_of(name: str, observed: Observed, declared: Kind | None) -> Field:
    """What a column is to the model; raises InvalidJob for one without values, and for text where numbers should be."""
    if not observed.values:
        raise InvalidJob(f"Column {name!r} has no value in any row: drop it.")
    if declared == "text":
        return Field(name, "text", numeric=False)
    if declared == "category":
        tells_apart = observed.flags or (observed.largest <= EXACT and not observed.zeros)
        return Field(name, "category", numeric=bool(observed.only_numbers and tells_apart))
    if declared is None and observed.are_codes:
        return Field(name, "category", numeric=False)
    if declared == "number" or observed.only_numbers:
        if not observed.only_numbers and observed.odd:
            raise InvalidJob(f"Column {name!r} is said to hold numbers, but there is {observed.odd}.")
        return Field(name, "number")
    check_mixture(name, observed)
    return Field(name, "text" if observed.are_sentences else "category", numeric=False)


def note_of(name: str, observed: Observed, declared: Kind | None) -> str | None:
    """What the user should know of how a column was taken, or None."""
    if declared is not None or not observed.are_codes:
        return None
    return (
        f"Column {name!r} is taken for a category, for some of its digits begin with zeros, as {observed.zeros}: set "
        f"data.types: {{{name}: number}} if these mean nothing."
    )


def check_mixture(name: str, observed: Observed) -> None:
    """Raise InvalidJob for a few texts among numbers."""
    if not observed.texts and observed.numbers >= NEARLY_ALL * observed.values:
        raise InvalidJob(
            f"Column {name!r} holds numbers, but there is {observed.odd}: mend it, add it to data.missing_values, or "
            f"set data.types: {{{name}: category}}."
        )


def _without_nan(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
