"""How the page looks: light or dark as the reader's device is, and readable on a phone."""

INK, FAINT, GRID = "#01010a", "#01010b", "#01010c"
SERIES = tuple(f"#0101{place:02x}" for place in range(0x20, 0x28))
"""The colours of plots are those of the page, which are other ones in the dark: these stand for them in a drawing."""

VARIABLES = {
    INK: "var(--ink)",
    FAINT: "var(--faint)",
    GRID: "var(--line)",
    **{sign: f"var(--s{place})" for place, sign in enumerate(SERIES)},
}

_LIGHT = ("#2a78d6", "#eb6834", "#1baf7a", "#c98a00", "#d55181", "#008300", "#4a3aa7", "#e34948")
_DARK = ("#4c93ea", "#e0703f", "#27b585", "#d19a1b", "#de6b95", "#3fa63f", "#9a90ec", "#ea7373")


def _series(colours: tuple[str, ...]) -> str:
    return "".join(f"--s{place}:{colour};" for place, colour in enumerate(colours))


STYLE = (
    ":root{color-scheme:light dark;--paper:#fcfcfb;--card:#fff;--ink:#1b1b1a;--faint:#62615d;--line:#e2e1dc;"
    f"--good:#0a7a35;--bad:#c22b2b;{_series(_LIGHT)}}}"
    "@media(prefers-color-scheme:dark){:root{--paper:#161615;--card:#1f1f1e;--ink:#f1f0ec;--faint:#a8a7a1;"
    f"--line:#3a3a37;--good:#4cc47a;--bad:#f07a7a;{_series(_DARK)}}}}}"
    """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.2;margin:.2rem 0;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.2rem 0 .8rem}
p,li{max-width:48rem;overflow-wrap:anywhere}
.faint,figcaption{color:var(--faint);font-size:.875rem}
.verdict{font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.75rem;margin:1.2rem 0}
.tile,figure{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem}
.tile b{display:block;font-size:1.5rem;line-height:1.3;font-weight:600}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:1rem}
figure{margin:0}
figure svg{display:block;width:100%;height:auto}
figure svg text{font-family:system-ui,sans-serif!important}
figcaption{margin-top:.5rem}
.wide{overflow-x:auto;margin:.8rem 0}
table{border-collapse:collapse;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line)}
td{max-width:28rem;overflow-wrap:break-word}
th{font-weight:600;white-space:nowrap}
.number{font-variant-numeric:tabular-nums;white-space:nowrap}
.thumbnail{width:3.5rem;height:3.5rem;image-rendering:pixelated;border:1px solid var(--line)}
details{margin:.5rem 0}summary{cursor:pointer}
code{font-size:.85em;overflow-wrap:anywhere}
"""
)
