"""The ONNX runtime, with its telemetry off: by default it contacts its maker and writes a device id under the user's home."""

import os

# Read when the library loads.
os.environ['ORT_DISABLE_TELEMETRY'] = '1'

import onnxruntime  # noqa: E402

__all__ = ['onnxruntime']
