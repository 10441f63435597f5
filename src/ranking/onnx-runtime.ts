// The only module that imports the runtime, so that its telemetry is off before it loads. Modules are evaluated in the order of their imports.
import './onnx-telemetry-off.ts'

export { InferenceSession, Tensor } from 'onnxruntime-node'
