"""The parts of a load that verifies and maps: ranges through obstore, SHA-256, a file in memory, a session and a first
run, with nothing around them.

What this takes beyond `reading.py` no code of Modelet can save: the hash, the pages of a file, and mapping them.
"""

import os
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import obstore
import onnxruntime
from obstore.store import S3Store

from benchmarks.questions import rows

AT_ONCE = 3
"""Threads. On two cores 2 and 8 took 3 % and 7 % more time of the processors."""
PIECE = 256 * 1024


def open_mapper(blob: dict[str, Any], bucket: str, range_bytes: int, threads: int) -> Callable[..., dict[str, Any]]:
    """Open the store; then read, verify, map and run `blob`: its key, size, digests by range, and whether to repack."""
    env = os.environ
    store = S3Store(
        bucket,
        endpoint=env["AWS_ENDPOINT_URL"],
        region=env["AWS_REGION"],
        access_key_id=env["AWS_ACCESS_KEY_ID"],
        secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )

    def act(body: str) -> dict[str, Any]:
        asked = rows(body)
        began = time.perf_counter()
        file, digests = _read(store, blob["key"], blob["size"], range_bytes)
        assert digests == blob["digests"], "the bytes are not those that were published"
        read = time.perf_counter()
        session = _open(file, blob["prepacking"], threads)
        os.close(file)
        opened = time.perf_counter()
        (scores,) = session.run(None, {"x": asked})
        ended = time.perf_counter()
        taken = {"read": read - began, "open": opened - read, "run": ended - opened}
        return {"seconds": ended - began, **taken, "answer": scores.tolist()}

    return act


def _read(store: S3Store, key: str, size: int, range_bytes: int) -> tuple[int, list[str]]:
    file = os.memfd_create("model")
    starts = range(0, size, range_bytes)
    digests, pile = [""] * len(starts), list(enumerate(starts))[::-1]
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not pile:
                    return
                number, at = pile.pop()
            digest = sha256()
            for piece in obstore.get(store, key, options={"range": (at, min(size, at + range_bytes))}).stream(PIECE):
                digest.update(piece)
                at += os.pwrite(file, piece, at)
            digests[number] = digest.hexdigest()

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return file, digests


def _open(file: int, prepacking: bool, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    for name, value in {
        "session.load_model_format": "ORT",
        "session.use_memory_mapped_ort_model": "1",
        "session.use_ort_model_bytes_for_initializers": "1",
        "session.disable_prepacking": "0" if prepacking else "1",
    }.items():
        options.add_session_config_entry(name, value)
    return onnxruntime.InferenceSession(f"/proc/self/fd/{file}", options, providers=["CPUExecutionProvider"])
