import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

/** Attributes of a graph node: lists of numbers or texts. A single value is a list of one. */
export type Attributes = ReadonlyMap<string, readonly (number | string)[]>

/** One operation of the graph, such as a tree ensemble. `inputs` and `outputs` name the values that it reads and makes. */
export interface GraphNode {
  readonly operator: string
  /** Operator domain; empty for the standard ONNX operators. */
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
}

/** Computation graph of an ONNX model. */
export interface OnnxGraph {
  readonly nodes: readonly GraphNode[]
  /** Values of constants with at most 16 values, by name. */
  readonly constants: ReadonlyMap<string, readonly number[]>
}

// Field numbers of onnx.proto, by message.
const MODEL_GRAPH = 7
const GRAPH = { node: 1, initializer: 5 } as const
const NODE = { input: 1, output: 2, operator: 4, attribute: 5, domain: 7 } as const
const ATTRIBUTE = { name: 1, float: 2, int: 3, text: 4, tensor: 5, floats: 7, ints: 8, texts: 9 } as const
const TENSOR = { type: 2, floats: 4, ints: 5, longs: 7, name: 8, raw: 9, doubles: 10 } as const
const LARGEST_CONSTANT = 16

/** How many bytes a value takes in the raw data of a tensor, and how it is read, by TensorProto.DataType. */
const RAW: ReadonlyMap<number, [bytes: number, read: (view: DataView, at: number) => number]> = new Map([
  [1, [4, (view: DataView, at: number) => view.getFloat32(at, true)]],
  [6, [4, (view: DataView, at: number) => view.getInt32(at, true)]],
  [7, [8, (view: DataView, at: number) => Number(view.getBigInt64(at, true))]],
  [11, [8, (view: DataView, at: number) => view.getFloat64(at, true)]],
])

/** Reads the graph of an ONNX file. Cuts integers to 32 bits. @throws Error if the bytes are not an ONNX model */
export function readOnnxGraph(model: Uint8Array): OnnxGraph {
  const nodes: GraphNode[] = []
  const constants = new Map<string, readonly number[]>()
  eachField(new BinaryReader(model), (field, reader) => {
    if (field !== MODEL_GRAPH) return false
    eachField(new BinaryReader(reader.bytes()), (part, graph) => {
      if (part === GRAPH.node) {
        const node = readNode(graph.bytes())
        nodes.push(node)
        const value = node.operator === 'Constant' ? node.attributes.get('value') : undefined
        if (value) constants.set(node.outputs[0], value.map(Number))
      } else if (part === GRAPH.initializer) {
        const { name, values } = readTensor(graph.bytes())
        if (values.length <= LARGEST_CONSTANT) constants.set(name, values)
      } else return false
      return true
    })
    return true
  })
  return { nodes, constants }
}

function readNode(bytes: Uint8Array): GraphNode {
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes = new Map<string, readonly (number | string)[]>()
  let operator = ''
  let domain = ''
  eachField(new BinaryReader(bytes), (field, reader) => {
    if (field === NODE.input) inputs.push(reader.string())
    else if (field === NODE.output) outputs.push(reader.string())
    else if (field === NODE.operator) operator = reader.string()
    else if (field === NODE.domain) domain = reader.string()
    else if (field === NODE.attribute) attributes.set(...readAttribute(reader.bytes()))
    else return false
    return true
  })
  return { operator, domain, inputs, outputs, attributes }
}

function readAttribute(bytes: Uint8Array): [name: string, values: readonly (number | string)[]] {
  const values: (number | string)[] = []
  let name = ''
  let tensor: readonly number[] | undefined
  eachField(new BinaryReader(bytes), (field, reader, type) => {
    if (field === ATTRIBUTE.name) name = reader.string()
    else if (field === ATTRIBUTE.float || field === ATTRIBUTE.floats) readMany(reader, type, values, () => reader.float())
    else if (field === ATTRIBUTE.int || field === ATTRIBUTE.ints) readMany(reader, type, values, () => reader.int32())
    else if (field === ATTRIBUTE.text || field === ATTRIBUTE.texts) values.push(reader.string())
    else if (field === ATTRIBUTE.tensor) tensor = readTensor(reader.bytes()).values
    else return false
    return true
  })
  return [name, tensor ?? values]
}

function readTensor(bytes: Uint8Array): { name: string; values: readonly number[] } {
  const values: number[] = []
  let name = ''
  let dataType = 0
  let raw: Uint8Array | undefined
  eachField(new BinaryReader(bytes), (field, reader, type) => {
    if (field === TENSOR.type) dataType = reader.int32()
    else if (field === TENSOR.name) name = reader.string()
    else if (field === TENSOR.floats) readMany(reader, type, values, () => reader.float())
    else if (field === TENSOR.doubles) readMany(reader, type, values, () => reader.double())
    else if (field === TENSOR.ints || field === TENSOR.longs) readMany(reader, type, values, () => reader.int32())
    else if (field === TENSOR.raw) raw = reader.bytes()
    else return false
    return true
  })
  const kind = RAW.get(dataType)
  if (!raw || !kind) return { name, values }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const [size, read] = kind
  return { name, values: Array.from({ length: Math.floor(raw.byteLength / size) }, (_, i) => read(view, i * size)) }
}

/** Repeated numbers, one a field or packed into one. */
function readMany(reader: BinaryReader, type: WireType, into: (number | string)[], read: () => number): void {
  if (type !== WireType.LengthDelimited) return void into.push(read())
  const length = reader.uint32()
  const end = reader.pos + length
  while (reader.pos < end) into.push(read())
}

/** @param take reads a field, or says false to have it passed over */
function eachField(reader: BinaryReader, take: (field: number, reader: BinaryReader, type: WireType) => boolean): void {
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (!take(field, reader, type)) reader.skip(type, field)
  }
}
