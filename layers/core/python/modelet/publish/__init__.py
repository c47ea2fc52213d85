"""The use case behind `modelet push` and every upload: a candidate file → examined in a limited child process →
published.
"""

from modelet.publish.push import Draft, push
from modelet.publish.sandbox import Limits

__all__ = ["Draft", "Limits", "push"]
