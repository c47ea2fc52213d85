"""Drawing plots as SVG that belongs to the page: its text is text, its colours are the page's, and it is the same for
the same figures.
"""

import re
import warnings
from collections.abc import Callable
from io import StringIO
from typing import TYPE_CHECKING, Any

from modelet.train.report.markup import EMPTY, Markup, element
from modelet.train.report.style import FAINT, GRID, INK, SERIES, VARIABLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Paint = Callable[["Axes"], None]
"""Draws onto empty axes."""

SIZE = (4.2, 3.0)
"""In inches; a page shows it as wide as a phone is."""

LONGEST_LABEL = 22

SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "modelet",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.parse_math": False,  # a class may be called $5
    "text.usetex": False,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
}


def figure(title: str, caption: str, paint: Paint | None, size: tuple[float, float] = SIZE) -> Markup:
    """A plot with what it shows under it; nothing where there is nothing to paint."""
    if paint is None:
        return EMPTY
    heading = element("figcaption", element("b", title, style="color:var(--ink)"), " ", caption)
    return element("figure", _svg(title, paint, size), heading)


def label(text: object) -> str:
    """What a plot shows of a name."""
    name = str(text)
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "…"


def colour(place: int) -> str:
    """The colour of a series; there are eight."""
    return SERIES[place % len(SERIES)]


def _svg(title: str, paint: Paint, size: tuple[float, float]) -> Markup:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    written = StringIO()
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # the reader's device has them
        canvas = Figure(figsize=size, layout="constrained")
        paint(canvas.add_subplot())
        canvas.savefig(written, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return _adopted(written.getvalue(), title)


def _adopted(drawn: str, title: str) -> Markup:
    # Several drawings share one page: what each names itself must not be what another one names.
    own = re.sub(r"\W+", "-", title).lower()
    svg = drawn[drawn.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{own}-", svg)
    for sign, variable in VARIABLES.items():
        svg = svg.replace(sign, variable)
    described = element("title", title)
    return Markup(re.sub(r"(<svg[^>]*)>", rf'\g<1> role="img">{described}', svg, count=1).strip())
