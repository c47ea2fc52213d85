"""The Open Inference Protocol, version 2, over REST: one file per extension. Importing the package itself imports
nothing.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""
