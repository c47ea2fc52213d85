"""The client that waits: for scripts, notebooks and threads."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import httpx

from modelet.client.connection import CONNECTIONS, FAILURES, Attempt, timeouts
from modelet.client.conversation import MOST_BYTES, Conversation, Prediction, check_url, is_ready, wish_for
from modelet.client.retrying import Retries
from modelet.client.talk import Pause, Send, Talk

Result = TypeVar("Result")


class Client:
    """A connection to one service; safe to share between threads. Close it, or use it as a context manager.

    `timeout` is in seconds, for each request. `auth` is a `Bearer` token, `Iam`, or any of httpx's. `retries` says what
    is tried again. A request of more than `most_bytes` is sent as references to tensors that are uploaded before.
    Raises InvalidRequest for a URL that is not one of a service.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 60.0,
        *,
        auth: httpx.Auth | None = None,
        retries: Retries | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._talks = Conversation(check_url(url), retries or Retries(), most_bytes)
        self._http = httpx.Client(base_url=url, timeout=timeouts(timeout), limits=CONNECTIONS)
        self._auth = auth

    def predict(  # noqa: PLR0913 - most callers leave all but two of them alone
        self,
        model: str,
        inputs: Mapping[str, Any],
        version: int | str | None = None,
        *,
        outputs: Sequence[str] = (),
        routing_key: str | None = None,
        idempotency_key: str | None = None,
        patient: bool = False,
        binary: bool = True,
    ) -> Prediction:
        """Ask `model`, or its `version` (a number or an alias), with values by input name, and wait for its outputs.

        Values become arrays of the datatypes that the model takes. `outputs` names those that are wanted, all by
        default. Callers with the same `routing_key` are answered by the same version of a split alias; a request that
        is sent again with the same `idempotency_key` gets the same answer. A `patient` caller waits for predictions
        that take longer than the gateway does. `binary=False` sends and asks for JSON.

        Raises the error that the service names by its code, such as ModelNotFound or InvalidInput, and Unavailable
        where it cannot be reached, however often that was tried.
        """
        wish = wish_for(version, outputs, routing_key, idempotency_key, patient, binary)
        return self._run(self._talks.predict(model, inputs, wish))

    def metadata(self, model: str, version: int | str | None = None) -> dict[str, Any]:
        """The names, datatypes and shapes of a model's inputs and outputs, and its versions; raises as predict does."""
        return self._run(self._talks.metadata(model, version))

    def ready(self) -> bool:
        """Whether the service is there and can read its store."""
        return self._run(is_ready())

    def post_json(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Post JSON to any route of the service, with more headers; raises as predict does."""
        send = Send("POST", path, {"content-type": "application/json", **(headers or {})}, body)
        return self._run(self._talks.answered(send))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, talk: Talk[Result]) -> Result:
        try:
            step = next(talk)
            while True:
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    step = talk.send(None)
                    continue
                attempt = Attempt(step)
                try:
                    request = self._request(step, attempt)
                    answer = self._http.send(request, auth=self._auth if step.is_ours else None)
                except FAILURES as error:
                    step = talk.throw(attempt.failure(error))
                else:
                    step = talk.send(answer)
        except StopIteration as ended:
            result: Result = ended.value
            return result

    def _request(self, send: Send, attempt: Attempt) -> httpx.Request:
        watched = {"trace": attempt.note}
        return self._http.build_request(
            send.method, send.url, headers=send.headers, content=send.content, extensions=watched
        )
