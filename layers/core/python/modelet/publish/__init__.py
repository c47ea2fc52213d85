"""The use case behind `modelet push` and every upload: a candidate file → examined in limited child processes →
published.
"""

from modelet.publish.draft import Draft
from modelet.publish.push import push
from modelet.publish.step import Limits

__all__ = ["Draft", "Limits", "push"]
