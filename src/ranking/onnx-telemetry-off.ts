// The ONNX runtime reads this when it loads: without it, the runtime contacts its maker and writes a device id under the user's home.
process.env.ORT_DISABLE_TELEMETRY = '1'
