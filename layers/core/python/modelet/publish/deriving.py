"""The third step of an examination: derive the form of the canonical file that loads fastest, see that it answers the
same, and measure how each profile is served best.

Optimised as far as EXTENDED: what the runtime does beyond that lays weights out for the very CPU that it runs on, and
is wrong on another of the same architecture. Where that matters more than loading, as it does for convolutions, the
canonical file measures better and stays.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import onnxruntime

from modelet.manifest import PROFILES, Signature
from modelet.manifest.document import WEIGHTS_FILE
from modelet.manifest.fields import Fields
from modelet.manifest.variant import ARCHITECTURE
from modelet.publish.accepted import Accepted, find_accepted
from modelet.publish.child import DERIVED
from modelet.publish.choosing import best, choose_prepacking
from modelet.publish.comparing import largest_difference, same
from modelet.publish.measuring import Form, Trial, compete
from modelet.publish.ort_format import UnknownLayoutError, make_reproducible
from modelet.publish.reasons import reason
from modelet.session.custom import register_for
from modelet.session.opening import FATAL_ONLY, RUNTIME

T = TypeVar("T")

ORT, MAPPED = "ort", "mapped"
"""Formats: ONNX Runtime's own, and for what does not fit that the one of `session.mapped`."""

SLOWER = "the canonical model measured better."


class NotDerivedError(Exception):
    """Raised with the reason why there is no variant."""


def run(request: dict[str, Any], artifact: Path) -> Iterator[dict[str, Any]]:
    """Derive the load-ready file beside `artifact` and answer how each profile loads it, with its figures, or why it
    has none. `request["signature"]` is the model's, `request["domains"]` are those of its operators.
    """
    signature = Signature.read(Fields("signature", request["signature"]))
    report: dict[str, Any] = {"runtime": RUNTIME, "architecture": ARCHITECTURE, "format": ORT}
    if is_mapped(artifact):
        report["format"] = MAPPED
    try:
        domains = tuple(request.get("domains", ()))
        derived = _derive(artifact, domains)
        yield {**report, **compared(artifact, derived, signature, domains)}
    except NotDerivedError as error:
        yield {**report, "profiles": {}, "without": dict.fromkeys(PROFILES, str(error))}


def is_mapped(artifact: Path) -> bool:
    """Whether the weights of the canonical model lie beside it."""
    return artifact.with_name(WEIGHTS_FILE).exists()


def _derive(artifact: Path, domains: tuple[str, ...]) -> Path:
    raw, derived = artifact.with_name("raw.ort"), artifact.with_name(DERIVED)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.intra_op_num_threads = 1
    options.log_severity_level = FATAL_ONLY
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.disable_prepacking", "1")
    register_for(domains, options)
    if is_mapped(artifact):
        from modelet.publish.mapping import derive_mapped  # and onnx, which small models do without

        _guarded(lambda: derive_mapped(artifact, derived, options))
        return derived
    options.optimized_model_filepath = str(raw)
    options.add_session_config_entry("session.save_model_format", "ORT")
    _guarded(lambda: onnxruntime.InferenceSession(str(artifact), options, providers=["CPUExecutionProvider"]))
    try:
        make_reproducible(raw, derived)
        raw.unlink()
    except UnknownLayoutError:
        raw.replace(derived)  # it serves all the same
    return derived


def compared(artifact: Path, derived: Path, signature: Signature, domains: tuple[str, ...] = ()) -> dict[str, Any]:
    """How each profile loads the derived file, with its figures, and why the others do not; raises NotDerivedError
    where it does not answer as the canonical file does.
    """
    mapped = is_mapped(artifact)
    whole = Form(artifact, signature, mapped=mapped, domains=domains)
    inputs = _inputs(whole)
    forms = {prepacking: Form(derived, signature, prepacking, mapped, domains) for prepacking in (False, True)}
    if mapped and not _opens(forms[True]):
        del forms[True]  # its weights are large, and it needs them twice
    canonical, *variants = _guarded(lambda: compete([whole, *forms.values()], inputs.row, inputs.batch))
    trials = dict(zip(forms, variants, strict=True))
    allowed = {held: trial.rounds for held, trial in trials.items() if same(canonical.outputs, trial.outputs)}
    if not allowed:
        largest = max(largest_difference(canonical.outputs, trial.outputs) for trial in variants)
        raise NotDerivedError(f"its outputs differ from the canonical model's, by up to {largest:.3g}.")
    # Two gigabytes as two files, of which one leads to the other, take longer to fetch than shows here.
    rival = None if mapped else canonical.rounds
    chosen = {profile: choose_prepacking(profile, rival, allowed) for profile in PROFILES}
    found = {
        profile: {
            "prepacking": prepacking,
            "parity": largest_difference(canonical.outputs, trials[prepacking].outputs),
            "measured": {
                **_figures("", trials[prepacking]),
                **_figures("canonical_", canonical),
                "batch_rows": inputs.rows,
                "resident_bytes": derived.stat().st_size + trials[prepacking].grown,
            },
        }
        for profile, prepacking in chosen.items()
        if prepacking is not None
    }
    return {"profiles": found, "without": {profile: SLOWER for profile in PROFILES if profile not in found}}


def _opens(form: Form) -> bool:
    try:
        form.open()
    except Exception:  # noqa: BLE001 - the runtime's exceptions share no base class
        return False
    return True


def _inputs(form: Form) -> Accepted:
    found = find_accepted(_guarded(form.open), form.signature)
    if found is None:
        raise NotDerivedError("it accepts no made-up input, so that its outputs cannot be compared.")
    return found


def _guarded(call: Callable[[], T]) -> T:
    try:
        return call()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the runtime's exceptions share no base class
        raise NotDerivedError(reason(error)) from None


def _figures(prefix: str, trial: Trial) -> dict[str, float]:
    figures = best(trial.rounds)
    held = {"load": figures.load, "first_run": figures.first, "run": figures.row, "batch_run": figures.batch}
    return {f"{prefix}{name}_ms": round(value * 1000, 4) for name, value in held.items() if value is not None}
