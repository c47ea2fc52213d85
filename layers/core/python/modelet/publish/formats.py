"""What a file is when it is not ONNX: the mistakes that people make, each with the way out."""

from modelet.errors import RefusedModel

HEAD_BYTES = 64

_EXPORT = "export it to ONNX first"
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "it is compressed with gzip: unpack it first"),
    (b"PK\x03\x04", f"it is a zip archive, as PyTorch writes (torch.save): {_EXPORT}, with torch.onnx.export"),
    (b"\x80\x02", f"it is a Python pickle: {_EXPORT}, and never load one that you do not trust"),
    (b"\x80\x03", f"it is a Python pickle: {_EXPORT}, and never load one that you do not trust"),
    (b"\x80\x04", f"it is a Python pickle: {_EXPORT}, and never load one that you do not trust"),
    (b"\x80\x05", f"it is a Python pickle: {_EXPORT}, and never load one that you do not trust"),
    (b"\x89HDF\r\n", f"it is an HDF5 file, as Keras writes: {_EXPORT}, with tf2onnx"),
    (b"GGUF", "it is a GGUF file, which ONNX Runtime cannot load"),
    (b"version https://git-lfs", "it is a Git LFS pointer, not the model itself: run git lfs pull"),
)
_IDENTIFIERS = {  # of FlatBuffers files, at byte 4
    b"ORTM": "it is in ONNX Runtime's own .ort format: push the .onnx file that it was made from",
    b"TFL3": f"it is a TensorFlow Lite file: {_EXPORT}, with tf2onnx",
}


def check_format(data: bytes) -> None:
    """Raise RefusedModel if a file beginning with `data` is recognised as something other than ONNX."""
    head = data[:HEAD_BYTES]
    if not head:
        raise RefusedModel("it is empty.")
    found = next((words for beginning, words in _BEGINNINGS if head.startswith(beginning)), None)
    found = found or _IDENTIFIERS.get(head[4:8])
    # The length of a JSON header in eight bytes, and the header.
    if found is None and head[8:10] == b'{"' and head[6:8] == b"\0\0":
        found = f"it is a safetensors file, which holds weights and no graph: {_EXPORT}"
    if found:
        raise RefusedModel(f"{found}.")
