"""What a caller would rather have, as Accept and Accept-Encoding say it.

Source: https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
"""

from collections.abc import Iterator


def weights(header: str) -> Iterator[tuple[str, float]]:
    """Each name of a header in lower case, and its weight: 1 without one, and 0 for one that is malformed."""
    for entry in header.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        weight = next((value for key, _, value in pairs if key.strip() == "q"), "1")
        try:
            yield name, float(weight)
        except ValueError:
            yield name, 0.0
