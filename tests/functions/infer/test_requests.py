"""What the handler asks of S3 from its start until it has answered, on the wire: nothing twice, nothing in vain."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote
from modelet.registry.keys import aliases_key, version_key
from modelet.store import open_store
from tests.derived import ort_format, publish_variants
from tests.entrances import EVENTS
from tests.onnx_models import scale
from tests.published import publish_model
from tests.s3_proxy import faulty_proxy

ASK = """
import json
from functions.infer.handler import handler
for _ in range(3):
    print(json.dumps(handler({"model": "m", "inputs": {"x": [1, 2]}}, None)["outputs"]))
"""


@pytest.mark.parametrize("named", [{}, {"MODELET_DEFAULT_MODEL": "m"}, {"MODELET_PRELOAD": "m"}], ids=str)
def test_a_process_asks_four_times_whether_or_not_its_model_was_named(
    named: dict[str, str], s3_url: str, s3_env: dict[str, str]
) -> None:
    store, made = open_store(s3_url, s3_env), scale(2.0)
    publish_model(store, "m", scale(1.0))
    variant = publish_variants(store, "m", made, (ort_format(made), {})).variants[0]
    promote(store, "m", 2)

    with faulty_proxy(s3_env["AWS_ENDPOINT_URL"]) as proxy:
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=EVENTS.parent,
            env={
                **s3_env,
                **named,
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": proxy.url,
                "MODELET_STORE": s3_url,
                "MODELET_LOG": "off",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"y_pred": [2.0, 4.0]}] * 3
    prefix = s3_url.removeprefix("s3:/")
    keys = aliases_key("m"), version_key("m", 1), version_key("m", 2), blob_key("m", variant.blob.sha256)
    assert Counter((seen.method, seen.path) for seen in proxy.seen) == Counter(
        ("GET", f"{prefix}/{key}") for key in keys
    )
