"""HTML that cannot be broken by what it shows: all text is escaped, and only what was made here is not."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

VOID = frozenset({"img", "meta"})
"""What HTML never closes."""

LONGEST = 300
"""In characters: what a cell shows of a text."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


EMPTY = Markup()


def element(tag: str, *children: Any, **attributes: str) -> Markup:
    """An element; an attribute that is a Python word has a `_` behind it. Children that are no Markup are escaped."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items() if value
    )
    return Markup(f"<{tag}{given}>" if tag in VOID else f"<{tag}{given}>{joined(children)}</{tag}>")


def joined(children: Iterable[Any]) -> Markup:
    """Several elements or texts one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(shown(child)) for child in children))


def shown(value: Any) -> str:
    """A value as a reader wants to see it: numbers to four digits, long texts cut, nothing for None."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def number(value: float) -> str:
    """A number to four digits; large ones whole, with their thousands apart."""
    if abs(value) >= 10_000:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.4g}"


def section(title: str, *children: Any) -> Markup:
    """A part of the page; nothing where it holds nothing."""
    body = joined(children)
    return element("section", element("h2", title), body) if body else EMPTY


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> Markup:
    """A table that scrolls by itself where the page is narrow; nothing without rows."""
    lines = [element("tr", *(_cell(value) for value in row)) for row in rows]
    if not lines:
        return EMPTY
    title = element("p", caption, class_="faint") if caption else EMPTY
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in heads)))
    held = element("table", head, element("tbody", *lines))
    return joined((title, element("div", held, class_="wide", tabindex="0", role="region", aria_label=heads[0])))


def listed(sentences: Iterable[str]) -> Markup:
    """A list of sentences; nothing without one."""
    items = [element("li", sentence) for sentence in sentences]
    return element("ul", *items) if items else EMPTY


def _cell(value: Any) -> Markup:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return element("td", value, class_="number" if is_number else "")
