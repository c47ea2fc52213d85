"""Protocol version 1, of KServe and of TensorFlow Serving: one set of routes, and where the two differ a caller gets
what both promise.

KServe: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol
TensorFlow Serving: https://www.tensorflow.org/tfx/serving/api_rest

- `GET /v1/models/{model}` has KServe's `name` and `ready`, and TensorFlow Serving's `model_version_status`.
- `instances` are rows to both, and are answered by `predictions`. `inputs` are columns to TensorFlow Serving, which
  answers `outputs`, and rows to KServe, which answers `predictions`: an object of tensors by name can only be the one
  and a list of objects only the other; any other value is one tensor to both, and is answered by both keys.
- A label is an alias, and a version in a path is a number or an alias. Without one, `live` answers.
- There is one signature, `serving_default`; `:classify` and `:regress` also take the names that exporters give theirs.
- Text is UTF-8, inside `{"b64": …}` too: the runtime knows no other. Numbers that are not finite are as everywhere.
- Instances and examples of a model that takes a table may name its columns instead of its input.
"""
