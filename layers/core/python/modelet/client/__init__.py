"""The Python client: numpy in, numpy out. It needs none of the server's packages (`pip install 'modelet[client]'`)."""

from modelet.client.asynchronous import AsyncClient
from modelet.client.auth import Bearer, Iam
from modelet.client.blocking import Client
from modelet.client.conversation import Prediction
from modelet.client.retrying import Retries

__all__ = ["AsyncClient", "Bearer", "Client", "Iam", "Prediction", "Retries"]
