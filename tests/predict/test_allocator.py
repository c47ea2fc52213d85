"""What the C library is told, so that memory which was freed is the system's again: seen in its own books, no clock."""

import subprocess
import sys

BOOKS = """
import ctypes, sys
from modelet.store.memory import MemoryStore
from tests.published import serve

class Mallinfo(ctypes.Structure):  # https://man7.org/linux/man-pages/man3/mallinfo.3.html
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

books = ctypes.CDLL(None).mallinfo2
books.restype = Mallinfo
"""
FREED = """
serve(MemoryStore())
learnt = bytearray(30 << 20)
del learnt  # of which glibc, left to itself, learns to keep as much the next time
before = books().hblks
held = bytearray(10 << 20)
print(books().hblks - before)
"""
HEAPS = """
import os, threading
serve(MemoryStore())
meet = threading.Barrier(8)

def work():
    meet.wait()
    held = bytearray(100_000)
    meet.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
c, path = ctypes.CDLL(None), f"/proc/self/fd/{os.memfd_create('report')}"
c.fopen.restype = ctypes.c_void_p
file = c.fopen(path.encode(), b"w")
c.malloc_info(0, ctypes.c_void_p(file))  # https://man7.org/linux/man-pages/man3/malloc_info.3.html
c.fclose(ctypes.c_void_p(file))
print(open(path).read().count("<heap nr="))
"""
PARSED = """
import numpy as np
from onnx import helper
from tests.onnx_models import model, tensor
from modelet.predict.memory import private_bytes
from tests.published import publish_model

WIDTH, LAYERS = 400, 64
names = ["x", *(f"h{layer}" for layer in range(LAYERS - 1)), "y"]
nodes = [helper.make_node("MatMul", [names[at], f"w{at}"], [names[at + 1]]) for at in range(LAYERS)]
weights = {f"w{at}": np.eye(WIDTH, dtype=np.float32) for at in range(LAYERS)}
store = MemoryStore()
publish_model(store, "m", model(nodes, [tensor("x", ("N", WIDTH))], [tensor("y", ("N", WIDTH))], weights))
del nodes, weights
models = serve(store)
ctypes.CDLL(None).malloc_trim(0)
before = private_bytes()
models.session("m")
print((private_bytes() - before) / (4 * WIDTH**2 * LAYERS))
"""


def run(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", BOOKS + code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return float(done.stdout)


def test_a_large_block_is_mapped_however_large_the_last_one_was_that_was_freed() -> None:
    assert run(FREED) == 1


def test_threads_share_two_heaps() -> None:
    assert run(HEAPS) == 2


def test_what_parsing_a_canonical_model_took_is_given_back() -> None:
    assert run(PARSED) < 0.8, "the private memory that the load has added, per byte of weights"
