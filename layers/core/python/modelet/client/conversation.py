"""Asking for predictions: which requests it takes, in which order, and what becomes of their answers."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import numpy as np

from modelet.client.answers import is_address, place_at, signature, told, unreadable, upload, whole
from modelet.client.encoding import Body, decode
from modelet.client.fitting import fitted
from modelet.client.mirror import mirrored
from modelet.client.retrying import FIRST_SECONDS, LONGEST_WAIT, Retries, is_retried
from modelet.client.talk import Pause, Refused, Send, Talk
from modelet.errors import InvalidInput, InvalidRequest, ModeletError, PayloadTooLarge, Unavailable

Array = np.ndarray[Any, Any]

MOST_BYTES = 4_500_000
"""What of a body Lambda takes, whose 6 MB hold it as base64: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

SURE_BYTES = 100_000
"""What every gateway takes: where one refused a body, what is left of it after uploads. Load balancers take 1 MB:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""

MOST_LOOKS = 1000
"""How often to ask again for what is being answered."""

LOOK_SECONDS = 1.0
"""How long to wait before asking again for an answer that is not there yet, unless the service says how long."""


class Prediction(NamedTuple):
    """What a model answered: arrays by output name, and the version that answered."""

    model: str
    version: int
    outputs: Mapping[str, Array]


class Wish(NamedTuple):
    """What is asked of a model besides its inputs."""

    version: int | str | None = None
    outputs: tuple[str, ...] = ()
    headers: Mapping[str, str] = {}
    binary: bool = True


class Conversation:
    """Talks with one service, which is called `name` in messages."""

    def __init__(self, name: str, retries: Retries, most_bytes: int = MOST_BYTES) -> None:
        self._name = name
        self._retries = retries
        self._most_bytes = most_bytes
        self._refused_bytes = sys.maxsize
        self._signatures: dict[str, dict[str, Any]] = {}

    def predict(self, model: str, inputs: Mapping[str, Any], wish: Wish) -> Talk[Prediction]:
        """Ask for one prediction.

        A signature that was read before is read again where the service refuses what was made for it: another version
        may have been promoted.
        """
        path = _path(model, wish.version)
        known = self._signatures.get(path)
        try:
            return (yield from self._predict(path, known or (yield from self._described(path)), inputs, wish))
        except InvalidInput:
            if known is None:
                raise
            now = yield from self._described(path)
            if now["inputs"] == known["inputs"]:
                raise
        return (yield from self._predict(path, now, inputs, wish))

    def metadata(self, model: str, version: int | str | None) -> Talk[dict[str, Any]]:
        """What the service says of a model."""
        return (yield from self._described(_path(model, version)))

    def answered(self, send: Send) -> Talk[httpx.Response]:
        """The answer with status 200 to a request, tried again while that may help; raises the error that any other
        answer stands for.
        """
        answer = yield from self._sent(send)
        for _ in range(MOST_LOOKS):
            if not _is_in_progress(answer):
                break
            yield _until_then(answer)
            answer = yield from self._sent(send)
        if answer.status_code == 202:
            answer = yield from self._awaited(answer)
        if answer.status_code == 303:
            held = answer
            answer = yield from self._sent(Send("GET", _place(held)))
            answer.headers.update({name: held.headers[name] for name in _KEPT if name in held.headers})
        if answer.status_code != 200:
            raise mirrored(answer.status_code, answer.content)
        return answer

    def _described(self, path: str) -> Talk[dict[str, Any]]:
        answer = yield from self.answered(Send("GET", path))
        held = self._signatures[path] = signature(answer.content)
        return held

    def _predict(
        self, path: str, described: Mapping[str, Any], inputs: Mapping[str, Any], wish: Wish
    ) -> Talk[Prediction]:
        body = Body(_fitted(inputs, described), wish.outputs, wish.binary)
        answer = yield from self._posted(f"{path}/infer", wish.headers, body)
        said, outputs = decode(answer.headers, answer.content)
        return Prediction(str(said["model_name"]), whole(str(said["model_version"])) or 0, outputs)

    def _posted(self, path: str, headers: Mapping[str, str], body: Body) -> Talk[httpx.Response]:
        """The answer to a body, of which so much is uploaded that the service, and whatever is before it, takes it.

        The same body is always sent alike, whatever was learned from others: an idempotency key asks for that.
        """
        yield from self._lightened(body, self._most_bytes)
        if body.size >= self._refused_bytes:
            yield from self._lightened(body, SURE_BYTES)
        size = body.size
        try:
            return (yield from self.answered(Send("POST", path, {**headers, **body.headers()}, body.content())))
        except PayloadTooLarge as refused:
            too_large = refused
        try:
            yield from self._lightened(body, SURE_BYTES)
        except InvalidRequest as error:
            raise too_large from error
        if body.size == size:
            raise too_large
        answer = yield from self.answered(Send("POST", path, {**headers, **body.headers()}, body.content()))
        self._refused_bytes = min(self._refused_bytes, size)
        return answer

    def _lightened(self, body: Body, most_bytes: int) -> Talk[None]:
        excess = body.excess(most_bytes)
        total = sum(map(body.weight, [*body.referred, *excess]))
        for name in excess:
            body.refer(name, (yield from self._uploaded(body.raw(name), total)))

    def _uploaded(self, data: bytes, total: int) -> Talk[str]:
        answer = yield from self._sent(Send("POST", "/uploads/tensors"))
        if answer.status_code != 201:
            raise mirrored(answer.status_code, answer.content)
        to = upload(answer.content)
        if total > to.most_bytes:
            raise PayloadTooLarge(
                f"The tensors of the request that are too large to be sent with it have {total} bytes; the limit is "
                f"{to.most_bytes}: send fewer rows, or raise MODELET_MAX_TENSOR_BYTES of the service."
            )
        put = yield from self._sent(Send(to.method, to.url, to.headers, data))
        if put.status_code not in (200, 201, 204):
            kind = PayloadTooLarge if put.status_code == 413 else ModeletError
            raise kind(f"A tensor of {len(data)} bytes could not be uploaded: status {put.status_code}.")
        return to.reference

    def _awaited(self, answer: httpx.Response) -> Talk[httpx.Response]:
        # A Location begins at the host, and a service's address may have more, such as the stage of an API.
        place = f"/answers/{quote(str(told(answer.content, 'id')['id']), safe='')}"
        while answer.status_code == 202:
            yield _until_then(answer)
            answer = yield from self._sent(Send("GET", place))
        return answer

    def _sent(self, send: Send) -> Talk[httpx.Response]:
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = yield from _asked(send)
            except Refused as refused:
                pause = self._retries.pause(attempt)
                if pause is None:
                    raise Unavailable(f"The service at {self._name} cannot be reached: {refused}.") from refused
            else:
                if not is_retried(answer):
                    self._retries.succeeded()
                    return answer
                pause = self._retries.pause(attempt, answer.headers.get("retry-after"))
                if pause is None:
                    return answer
            yield Pause(pause)


_KEPT = ("inference-header-content-length", "x-modelet-model", "x-modelet-version")
"""Of an answer that lies elsewhere: what the store does not know of it."""


def check_url(url: str) -> str:
    """The address of a service; raises InvalidRequest where it is none."""
    if not is_address(url):
        raise InvalidRequest(f"{url!r} is not the address of a service: use http:// or https://.")
    return url


def wish_for(  # noqa: PLR0913, PLR0917 - what a caller may wish
    version: int | str | None,
    outputs: Sequence[str],
    routing_key: str | None,
    idempotency_key: str | None,
    patient: bool,
    binary: bool,
) -> Wish:
    """What is wished besides the inputs, as headers where the service reads them there; raises InvalidRequest for keys
    that a header cannot hold.
    """
    for key in filter(None, (routing_key, idempotency_key)):
        if not (key.isascii() and key.isprintable()):
            raise InvalidRequest(f"The key {key!r:.80} has other characters than ASCII ones that can be printed.")
    headers = {
        "x-modelet-routing-key": routing_key,
        "idempotency-key": idempotency_key,
        "prefer": "respond-async" if patient else None,
    }
    return Wish(version, tuple(outputs), {name: value for name, value in headers.items() if value is not None}, binary)


def is_ready() -> Talk[bool]:
    """Whether a service is there and can read its store: asked once."""
    try:
        answer = yield from _asked(Send("GET", "/v2/health/ready"))
    except (Refused, ModeletError):
        return False
    return answer.status_code == 200


def _asked(send: Send) -> Talk[httpx.Response]:
    """The answer to one attempt, on another connection where the service had closed the first: that is no failure."""
    try:
        answer = yield send
    except Refused as refused:
        if not refused.stale:
            raise
        answer = yield send
    assert answer is not None
    return answer


def _is_in_progress(answer: httpx.Response) -> bool:
    """Whether the same request, by its idempotency key, is being answered: an attempt that was given up began it."""
    return answer.status_code == 409 and b'"in_progress"' in answer.content


def _until_then(answer: httpx.Response) -> Pause:
    asked = whole(answer.headers.get("retry-after", ""))
    return Pause(LOOK_SECONDS if asked is None else min(max(asked, FIRST_SECONDS), LONGEST_WAIT))


def _place(answer: httpx.Response) -> str:
    place = answer.headers.get("location")
    if not place:
        raise unreadable(f"it has status {answer.status_code} and no place")
    return place_at(place)


def _path(model: str, version: int | str | None) -> str:
    path = f"/v2/models/{quote(model, safe='')}"
    return path if version is None else f"{path}/versions/{quote(str(version), safe='')}"


def _fitted(inputs: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, tuple[str, Array]]:
    specs = {spec["name"]: spec for spec in described["inputs"]}
    unknown = [name for name in inputs if name not in specs]
    if unknown:
        known = ", ".join(map(repr, specs))
        raise InvalidInput(f"Model {described['name']!r} has no input {unknown[0]!r}; its inputs: {known}.")
    return {name: (specs[name]["datatype"], fitted(name, value, specs[name])) for name, value in inputs.items()}
