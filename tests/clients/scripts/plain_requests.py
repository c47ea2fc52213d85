"""What everybody else does, with requests: `python plain_requests.py URL`."""

import base64
import gzip
import json
import sys
from typing import Any

import requests

ROWS = [[1, 2], [3, 4.5]]
TWICE = [[2, 4], [6, 9]]


def post(url: str, path: str, body: Any, **headers: str) -> requests.Response:
    answer = requests.post(
        url + path, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}, timeout=30
    )
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    return answer


def simple(url: str) -> None:
    answer = post(url, "/models/double/predict", {"x": ROWS})
    assert answer.json() == {"y_pred": TWICE}
    assert answer.headers["x-modelet-version"] == "1"
    assert "run;dur=" in answer.headers["server-timing"]
    assert post(url, "/predict", {"x": [1, 2]}).json() == {"y_pred": [2, 4]}


def compressed(url: str) -> None:
    body = gzip.compress(json.dumps({"x": ROWS * 500}).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip", "accept-encoding": "gzip"}
    answer = requests.post(f"{url}/models/double/predict", data=body, headers=headers, timeout=30)
    assert answer.headers.get("content-encoding") == "gzip"
    assert answer.json() == {"y_pred": TWICE * 500}


def tensorflow_serving(url: str) -> None:
    assert post(url, "/v1/models/double:predict", {"instances": ROWS}).json() == {"predictions": TWICE}
    assert post(url, "/v1/models/double/versions/2:predict", {"inputs": ROWS}).json()["outputs"][1] == [9, 13.5]
    assert post(url, "/v1/models/double/labels/live:predict", {"inputs": {"x": ROWS}}).json() == {"outputs": TWICE}
    status = requests.get(f"{url}/v1/models/double", timeout=30).json()
    assert status["model_version_status"][0]["state"] == "AVAILABLE"
    text = base64.b64encode("é".encode()).decode()
    answer = post(url, "/v1/models/same-bytes:predict", {"instances": [{"b64": text}]}).json()
    assert answer == {"predictions": ["é"]}, answer


def torchserve(url: str) -> None:
    assert post(url, "/predictions/double", ROWS).json() == TWICE
    assert post(url, "/predictions/double/2", {"x": ROWS}).json()[0] == [3, 6]
    assert requests.get(f"{url}/ping", timeout=30).json()["status"] == "Healthy"


def sagemaker(url: str) -> None:
    headers = {"content-type": "text/csv", "accept": "text/csv"}
    answer = requests.post(f"{url}/endpoints/double/invocations", data="1,2\n3,4.5\n", headers=headers, timeout=30)
    rows = [[float(cell) for cell in line.split(",")] for line in answer.text.strip().splitlines()]
    assert rows == TWICE, answer.text


def main(url: str) -> None:
    for use in (simple, compressed, tensorflow_serving, torchserve, sagemaker):
        use(url)


if __name__ == "__main__":
    main(sys.argv[1])
