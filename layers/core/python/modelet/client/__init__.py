"""The Python client: numpy in, numpy out. It needs none of the server's packages (`pip install 'modelet[client]'`)."""

from modelet.client.http import Client, Prediction

__all__ = ["Client", "Prediction"]
