"""The local service: each HTTP request becomes the event that API Gateway would send to the function that
`template.yaml` routes it to, and goes to the very handler that runs on Lambda.
"""

from modelet.local.process import running
from modelet.local.serving import serve

__all__ = ["running", "serve"]
