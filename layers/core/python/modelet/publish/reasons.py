"""Why the runtime refuses a model, in the user's words: its messages speak of source files and template arguments."""

import re

import onnxruntime

LONGEST = 400

_NODE = r'In Node, \("([^"]*)", (\w+), "([^"]*)", -?\d+\) : .*?, Error '
_NO_MEMORY = "it needs more memory than it may have."
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
        r"Missing opset in the model",
        "it imports no opset: export it again, or set opset_import.",
    ),
    (
        r'In Node, \("[^"]*", (\w+), "([^"]+)", .*No Op registered for \S+ with domain_version of (\d+)',
        "there is no operator {0!r} in opset {2} of domain {1!r}.",
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
    (r"Failed to allocate memory|std::bad_alloc|bad allocation", _NO_MEMORY),
    (_NODE + r"(.*)", "operator {1!r} (node {0!r}): {3}"),
)
_NOISE: tuple[str, ...] = (
    r"\[ONNXRuntimeError\] : \d+ : \w+ : ",
    r"Load model from .*? failed:",
    r"Exception during initialization: ",
    r"(?:Error: )?This is an invalid model\. ",
    # A source file with its line and the C++ signature of a function, and the short form of it.
    r"/onnxruntime_src/\S+:\d+ .*?\)(?:::<lambda\([^)]*\)>)?(?: const)?(?: \[with [^\]]*\])? ",
    r"\b\w+\.(?:cc|h):\d+ (?:operator\(\)|\S+) ",
)


def reason(error: Exception) -> str:
    """One sentence for the runtime's exception, without its source paths."""
    return f"the runtime (onnxruntime {onnxruntime.__version__}) refuses it: {_sentence(' '.join(str(error).split()))}"


def _sentence(text: str) -> str:
    for noise in _NOISE:
        text = re.sub(noise, "", text)
    for pattern, sentence in _PATTERNS:
        found = re.search(pattern, text)
        if found:
            return _ended(sentence.format(*found.groups()))
    return _ended(text or "it does not say why")


def _ended(text: str) -> str:
    return text[:LONGEST].rstrip(". ") + "."
