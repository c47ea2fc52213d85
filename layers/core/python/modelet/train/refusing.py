"""How a refusal is worded, and how its reason is taken out of it again, for a list of several."""

from modelet.errors import CandidateRefused

REFUSED = "The candidate is refused, and nothing was published: "


def refusal(reason: str) -> CandidateRefused:
    """The error for a candidate that may not be published, for this reason."""
    return CandidateRefused(f"{REFUSED}{reason}.")


def reason_of(refused: CandidateRefused) -> str:
    """The reason that `refusal` was given."""
    return refused.message.removeprefix(REFUSED).removesuffix(".")
