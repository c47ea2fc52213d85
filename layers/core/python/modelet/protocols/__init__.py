"""One file per wire protocol: decode a request into an inference request, encode its result."""
