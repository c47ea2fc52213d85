"""Text in, numbers out: what the steps before an estimator do with it, as nodes.

Texts are read one by one, in a loop, so that a long one makes its neighbours no longer; and as the steps themselves
read them, character by character.
"""

from modelet.train.export.text.encoding import encoded, encoder_model
from modelet.train.export.text.terms import weighed

__all__ = ["encoded", "encoder_model", "weighed"]
