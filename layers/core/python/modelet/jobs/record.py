"""The record of one job: pure values and pure changes, written by one compare-and-swap each.

waiting → running → succeeded | failed. A worker that died leaves `running` with a claim that runs out; the next trigger
takes the job over, a few times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, get_args

from modelet.errors import Conflict, ModeletError
from modelet.manifest.fields import Fields, encode

SCHEMA = 1
ATTEMPTS = 3
ABANDONED_SECONDS = 3600.0
"""How long after its claim ran out a job can still be taken over; after that it has failed."""

State = Literal["waiting", "running", "succeeded", "failed"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """Who works on a job, and until when (seconds since the epoch) nobody else may. `worker` names the process, where
    that is known.
    """

    token: str
    until: float
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed: a stable code and a sentence for the user."""

    code: str
    message: str

    @classmethod
    def of(cls, error: ModeletError) -> "Failure":
        """The failure that an error on purpose is."""
        return cls(error.code, error.message)


EXPIRED = Failure("expired", "Nothing came in time for this job to begin with: start another one.")
ABANDONED = Failure("abandoned", "Its worker ended without a word, and no other took over: start another job.")


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `request` never changes; `expires` is when a job that nobody started has failed, in seconds since the
    epoch; `attempts` counts the claims. `progress` is what its worker said last of how far it is.
    """

    id: str
    kind: str
    request: Json
    created: str
    updated: str
    operation: str
    state: State = "waiting"
    expires: float | None = None
    attempts: int = 0
    claim: Claim | None = None
    progress: Json | None = None
    result: Json | None = None
    error: Failure | None = None
    rest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ("succeeded", "failed")

    def at(self, moment: float) -> "Job":
        """What holds at a moment, in seconds since the epoch: time alone fails a job that was never started, or whose
        last worker died long ago.
        """
        if self.state == "waiting" and self.expires is not None and moment > self.expires:
            return self.failed(ABANDONED if self.attempts else EXPIRED)
        if self.state == "running" and self.claim and moment > self.claim.until + ABANDONED_SECONDS:
            return self.failed(ABANDONED)
        return self

    def claimable(self, moment: float) -> bool:
        """Whether a worker may take the job at this moment."""
        return self.state == "waiting" or (self.state == "running" and not (self.claim and moment < self.claim.until))

    def claimed(self, token: str, until: float) -> "Job":
        """Given to a worker; after too many that died, failed instead."""
        if self.attempts >= ATTEMPTS:
            text = f"It was tried {self.attempts} times, and each time its worker ended without a word."
            return self.failed(Failure("abandoned", text))
        return replace(self, state="running", attempts=self.attempts + 1, claim=Claim(token, until))

    def resumed(self, token: str, until: float, worker: str) -> "Job":
        """Given to a worker because somebody asked for it, however often that was tried before; raises Conflict where
        it ended by itself.
        """
        if self.done and not (self.error and self.error.code == ABANDONED.code):
            raise Conflict(f"Job {self.id} has {self.state}: there is nothing to go on with.")
        claim = Claim(token, until, worker)
        return replace(self, state="running", attempts=self.attempts + 1, claim=claim, error=None, expires=None)

    def renewed(self, token: str, until: float, progress: Json | None = None) -> "Job":
        """Kept by its worker for longer; raises Conflict where it is another's by now."""
        held = self._held(token)
        assert held.claim is not None
        return replace(held, claim=replace(held.claim, until=until), progress=progress or held.progress)

    def released(self, token: str, moment: float) -> "Job":
        """Given back by its worker, to be tried again soon; raises Conflict."""
        return replace(self._held(token), state="waiting", claim=None, expires=moment + ABANDONED_SECONDS)

    def finished(self, token: str, outcome: "Json | Failure") -> "Job":
        """Ended by its worker, with a result or a failure; raises Conflict."""
        if isinstance(outcome, Failure):
            return self._held(token).failed(outcome)
        return replace(self._held(token), state="succeeded", claim=None, result=outcome)

    def failed(self, failure: Failure) -> "Job":
        """Ended without a result."""
        return replace(self, state="failed", claim=None, error=failure)

    def _held(self, token: str) -> "Job":
        if self.state != "running" or self.claim is None or self.claim.token != token:
            raise Conflict(f"Job {self.id} is {self.state}, and no longer this worker's.")
        return self

    @classmethod
    def parse(cls, data: bytes, where: str) -> "Job":
        """Read a record; raises CorruptObject or UnknownSchema."""
        fields = Fields.parse(where, data, SCHEMA)
        claim, error = fields.maybe("claim", dict), fields.maybe("error", dict)
        return cls(
            id=fields.take("id", str),
            kind=fields.take("kind", str),
            request=fields.take("request", dict),
            created=fields.take("created", str),
            updated=fields.take("updated", str),
            operation=fields.take("operation", str),
            state=_read_state(fields),
            expires=None if fields.rest.get("expires") is None else fields.number("expires"),
            attempts=fields.take("attempts", int),
            claim=None if claim is None else _read_claim(Fields(f"{where}: claim", claim)),
            progress=fields.maybe("progress", dict),
            result=fields.maybe("result", dict),
            error=None if error is None else _read_failure(Fields(f"{where}: error", error)),
            rest={name: value for name, value in fields.rest.items() if name != "expires"},
        )

    def dump(self) -> bytes:
        """The JSON bytes; raises InvalidRequest for a request or result that JSON cannot hold."""
        return encode({"schema": SCHEMA, **self.to_json(), "operation": self.operation, **self.rest})

    def to_json(self) -> Json:
        """The JSON form, without the schema and the last operation."""
        claim = self.claim and {"token": self.claim.token, "until": self.claim.until, "worker": self.claim.worker}
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "created": self.created,
            "updated": self.updated,
            "expires": self.expires,
            "attempts": self.attempts,
            "request": self.request,
            "claim": claim,
            "progress": self.progress,
            "result": self.result,
            "error": self.error and {"code": self.error.code, "message": self.error.message},
        }


def _read_state(fields: Fields) -> State:
    state = fields.take("state", str)
    if state not in get_args(State):
        raise fields.wrong("state", f"must be one of {', '.join(get_args(State))}, but is {state!r:.80}")
    return cast(State, state)


def _read_claim(fields: Fields) -> Claim:
    return Claim(fields.take("token", str), fields.number("until"), fields.maybe("worker", str) or "")


def _read_failure(fields: Fields) -> Failure:
    return Failure(fields.take("code", str), fields.take("message", str))
