"""Loading what the deployment names, before anyone asks for it and no longer than a start may take."""

from collections.abc import Callable, Mapping

from modelet import log
from modelet.errors import DeadlineExceeded, ModeletError
from modelet.phases import Phases
from modelet.registry.aliases import Target, Targets
from modelet.store.ahead import Ahead

Read = tuple[str, Targets]
"""A model and the versions of it that were read."""


def settle(
    preloads: Mapping[str, Ahead[Read]], load: Callable[[str, Target], object], seconds: float, say: bool
) -> None:
    """Load what is being read, by the name that the deployment gives it.

    What takes longer than `seconds` goes on for whoever asks for it; what fails is logged, if it may `say` so.
    """
    with Phases() as starting:
        starting.shorten(seconds)
        for name, preload in preloads.items():
            try:
                model, targets = preload.result()
                for target in targets:
                    load(model, target)
            except DeadlineExceeded:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the other models can be served
                reason = error.message if isinstance(error, ModeletError) else log.whereabouts(error)
                log.notice(f"{name!r} could not be loaded beforehand: {reason}", say)
