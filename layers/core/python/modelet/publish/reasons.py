"""Why the runtime refuses a model, in the user's words: its messages speak of source files and template arguments."""

import re

import onnxruntime

_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        r"(\S+?):(\S+)\(-?\d+\) is not a registered function/op",
        "operator {1!r} of domain {0!r} is unknown: only the standard domains and com.microsoft can be served.",
    ),
    (
        r"No opset import for domain '([^']*)'",
        "it uses operators of domain {0!r} without importing it.",
    ),
    (
        r"No Op registered for (\S+) with domain_version of (\d+)",
        "there is no operator {0!r} in opset {1}.",
    ),
    (
        r"Unsupported model IR version: (\d+), max supported IR version: (\d+)",
        "its IR version {0} is newer than this runtime knows ({1}): export it with an older onnx, or set ir_version.",
    ),
    (
        r"Opset (\d+) is under development.*?Current official support for domain (\S+) is till opset (\d+)",
        "opset {0} of domain {1} is newer than this runtime knows ({2}): export it with a lower opset_version.",
    ),
    (
        r"Failed to construct locale with name:\s*([^:]+)",
        "its StringNormalizer needs the locale {0!r}, which this machine does not have.",
    ),
    (
        r"Could not find an implementation for (\w+)\((\d+)\)",
        "operator {0!r} (opset {1}) has no implementation for these datatypes on a CPU.",
    ),
    (r"Failed to allocate memory", "it needs more memory than it may have."),
    (r"std::bad_alloc", "it needs more memory than it may have."),
)


def reason(error: Exception) -> str:
    """One sentence for the runtime's exception, without its source paths."""
    text = " ".join(str(error).split())
    for pattern, sentence in _PATTERNS:
        found = re.search(pattern, text)
        if found:
            return f"the runtime (onnxruntime {onnxruntime.__version__}) refuses it: {sentence.format(*found.groups())}"
    last = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", text)
    last = re.sub(r"/onnxruntime_src/\S+ .*?\) (?=[A-Z])", "", last)
    return f"the runtime (onnxruntime {onnxruntime.__version__}) refuses it: {last.rstrip('. ')[:400]}."
