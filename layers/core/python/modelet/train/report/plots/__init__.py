"""One file per plot: from the figures to a painter, or to None where there is nothing to show."""
