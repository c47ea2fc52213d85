"""What MLflow's own scoring client does: `python mlflow_scoring.py URL`."""

import sys
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

X = np.array([[1, 2], [3, 4.5]], np.float32)


def main(url: str) -> None:
    address = urlsplit(url)
    client = ScoringServerClient(address.hostname, address.port)
    client.ping()
    assert client.get_version()
    client.wait_server_ready(timeout=5)
    for given in (pd.DataFrame(X, columns=["a", "b"]), pd.DataFrame(X[:, ::-1], columns=["b", "a"])):
        found = client.invoke(given).get_predictions(predictions_format="ndarray")
        assert np.array_equal(np.asarray(found), X * 2), found
    found = client.invoke(X).get_predictions(predictions_format="ndarray")
    assert np.array_equal(np.asarray(found), X * 2), found
    assert "'c'" in refusal(client, pd.DataFrame(X, columns=["a", "c"]))


def refusal(client: ScoringServerClient, given: pd.DataFrame) -> str:
    try:
        client.invoke(given)
    except Exception as error:  # noqa: BLE001 - the client raises no other
        return str(error)
    return ""


if __name__ == "__main__":
    main(sys.argv[1])
