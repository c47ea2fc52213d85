"""Retrying a conditional write until it is known to have happened or not.

S3 may answer 409 to a concurrent write, 412 to a lost race, or 500 to a write that took effect; a client that retries
the last one is told 412 by its own first attempt. So every write carries an operation id, and whoever is told "no"
reads again and looks for its own id. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import random
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime

FIRST_PAUSE = 0.01
LONGEST_PAUSE = 0.25
WRITE_FAILURES = 3
"""How often one change may be refused by the store itself, which has retried each time, before it is given up."""


def new_operation() -> str:
    """An id that no other write has."""
    return secrets.token_hex(12)


def now() -> str:
    """The time in UTC, as ISO 8601 with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def attempts(limit: int) -> Iterator[int]:
    """Count from 0 to `limit` - 1, pausing between attempts with full jitter.

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    for attempt in range(limit):
        if attempt:
            time.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))
        yield attempt
