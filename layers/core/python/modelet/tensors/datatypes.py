"""The datatypes of the Open Inference Protocol, their numpy and ONNX names. No numpy here: the control plane reads
signatures too.

Source:
https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md#tensor-data-types
"""

NUMPY_NAMES = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
    "BYTES": "object",
}

DATATYPES = tuple(NUMPY_NAMES)

WIDENED = {"BF16": "FP32"}
"""What a request may declare beside: numpy has no such datatype and no signature names it, so that it is widened."""

DECLARABLE = (*DATATYPES, *WIDENED)

ONNX_NAMES = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "float": "FP32",
    "double": "FP64",
    "string": "BYTES",
}

INTEGER_RANGES = {
    name: (0, 2**bits - 1) if name.startswith("U") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for name, bits in (
        ("UINT8", 8),
        ("UINT16", 16),
        ("UINT32", 32),
        ("UINT64", 64),
        ("INT8", 8),
        ("INT16", 16),
        ("INT32", 32),
        ("INT64", 64),
    )
}
