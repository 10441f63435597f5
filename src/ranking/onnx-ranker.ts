import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { ModelContractError } from '../errors.ts'
import { checkContract, type KnownFeatures, MODEL_FILE, type ModelContract, parseModelContract } from './model-contract.ts'
import type { Explainer, Ranker } from './model-ranker.ts'
import { InferenceSession, Tensor } from './onnx-runtime.ts'
import { readTrainingReport, type TrainingDistributions, type TrainingReport } from './training-report.ts'
import { readTreeModel, type TreeModel } from './tree-model.ts'

const INPUT = 'features'
/** Name of the scores. */
const OUTPUT = 'score'
/** Rows on which the trees as they are read here are compared with the runtime. */
const PROBES = 64
/** Maximum difference of two scores of one row that count as equal. The float32 sums of a few hundred trees differ by less. */
export const TOLERANCE = 1e-5

/** What a model is made of. */
export interface ModelContent {
  readonly name: string
  /** The file `model.onnx`. */
  readonly model: Uint8Array
  readonly report: TrainingReport | undefined
}

/** A trained model that scores candidates. It runs on the calling thread: 200 rows of 40 features take about 1.4 ms. */
export class OnnxRanker implements Ranker {
  /** Name of the model's folder. */
  readonly name: string
  readonly features: readonly string[]
  readonly constants: ReadonlyMap<string, number>
  readonly contract: ModelContract
  /**
   * Trees read from the graph, even if they fail to reproduce its scores. For other kinds of models: the reason, as the end of a
   * sentence.
   */
  readonly trees: TreeModel | string
  readonly explainer: Explainer | { readonly unexplained: string }
  /** Size of the model file, in bytes. */
  readonly fileBytes: number
  readonly distributions: TrainingDistributions | undefined
  readonly #session: InferenceSession
  readonly #running = new Set<Promise<unknown>>()

  private constructor(
    name: string,
    contract: ModelContract,
    session: InferenceSession,
    trees: TreeModel | string,
    explainer: NonNullable<Ranker['explainer']>,
    fileBytes: number,
    distributions: TrainingDistributions | undefined,
  ) {
    this.name = name
    this.distributions = distributions
    this.fileBytes = fileBytes
    this.features = contract.features.map((feature) => feature.name)
    const { positionFeature, positionAtServing } = contract
    this.constants = new Map(positionFeature === null || positionAtServing === null ? [] : [[positionFeature, positionAtServing]])
    this.contract = contract
    this.trees = trees
    this.explainer = explainer
    this.#session = session
  }

  /** Loads a model folder. @throws ModelContractError as `of`, also if the file is missing */
  static async load(folder: string, known: KnownFeatures): Promise<OnnxRanker> {
    const name = basename(resolve(folder))
    const model = await readModel(folder, name)
    return OnnxRanker.of({ name, model, report: await readTrainingReport(folder) }, known)
  }

  /**
   * Loads a model. Checks that the service can compute its features and that it returns probabilities.
   * @param known features that the service can compute; the model may use any of them, in any order
   * @throws ModelContractError if the file is damaged, or if the model needs something else
   */
  static async of({ name, model: bytes, report }: ModelContent, known: KnownFeatures): Promise<OnnxRanker> {
    const contract = parseModelContract(readOnnxMetadata(bytes))
    checkContract(contract, known)
    const session = await createSession(bytes, name)
    try {
      checkShape(session, contract, name)
      const trees = readTreeModel(bytes, OUTPUT, contract.features.length)
      const explainer = await explainerOf(trees, session, name)
      const ranker = new OnnxRanker(name, contract, session, trees, explainer, bytes.byteLength, report?.distributions)
      await ranker.#checkScores()
      return ranker
    } catch (error) {
      await session.release()
      throw error
    }
  }

  /**
   * Returns calibrated click probabilities, one per row.
   * @param matrix row-major, rows × `contract.features.length` in the order of the contract, NaN if missing. The position feature
   * must hold `contract.positionAtServing`.
   * @throws RangeError if the matrix has another size
   * @throws ModelContractError if the model does not return one probability per row
   */
  async score(matrix: Float32Array, rows: number): Promise<Float32Array> {
    const width = this.contract.features.length
    if (matrix.length !== rows * width) {
      throw new RangeError(`${rows} rows of ${width} features need ${rows * width} values, not ${matrix.length}.`)
    }
    // The runtime has no empty batches.
    if (rows === 0) return new Float32Array(0)
    const run = runRows(this.#session, matrix, rows)
    this.#running.add(run)
    const scores = await run.finally(() => this.#running.delete(run))
    if (!(scores instanceof Float32Array) || scores.length !== rows) {
      throw new ModelContractError(`The model "${this.name}" did not return one number per row: train it again.`, OUTPUT)
    }
    if (!scores.every((score) => score >= 0 && score <= 1)) {
      throw new ModelContractError(`The model "${this.name}" returns scores that are not probabilities: train it again.`, OUTPUT)
    }
    return scores
  }

  /** Frees the memory of the runtime after all running calls of `score`. Do not call `score` afterwards. */
  async release(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#session.release()
  }

  /** A graph can have the right shapes and still not run, or give something other than a probability. */
  async #checkScores(): Promise<void> {
    const width = this.contract.features.length
    try {
      await this.score(new Float32Array(2 * width).fill(Number.NaN, width), 2)
    } catch (error) {
      if (error instanceof ModelContractError) throw error
      throw new ModelContractError(`The model "${this.name}" does not run (${firstLine(error)}): train it again.`)
    }
  }
}

async function runRows(session: InferenceSession, matrix: Float32Array, rows: number): Promise<unknown> {
  const results = await session.run({ [INPUT]: new Tensor('float32', matrix, [rows, matrix.length / rows]) }, [OUTPUT])
  return results[OUTPUT]?.data
}

/** What is read from the graph is believed where it gives the scores that the runtime gives. */
async function explainerOf(
  trees: TreeModel | string,
  session: InferenceSession,
  name: string,
): Promise<NonNullable<Ranker['explainer']>> {
  const unexplained = (why: string) => ({ unexplained: `The scores of the model ${name} cannot be explained: ${why}.` })
  if (typeof trees === 'string') return unexplained(trees)
  if (!trees.explainer) return unexplained('its trees lack covers (nodes_hitrates), which `npm run train` writes')
  const isTheSame = await agrees(trees, session).catch(() => false)
  return isTheSame ? trees.explainer : unexplained('its trees, as read here, give different scores')
}

async function agrees(trees: TreeModel, session: InferenceSession): Promise<boolean> {
  const probes = trees.probes(PROBES)
  const own = trees.score(probes, PROBES)
  const scores = await runRows(session, probes, PROBES)
  return scores instanceof Float32Array && own.every((score, row) => Math.abs(score - scores[row]) <= TOLERANCE)
}

async function readModel(folder: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, MODEL_FILE))
  } catch (error) {
    throw new ModelContractError(`The model "${name}" cannot be read (${firstLine(error)}): name a folder with a ${MODEL_FILE}.`)
  }
}

async function createSession(bytes: Uint8Array, name: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      // More threads would only wait for one another on batches of this size, and take cores from other requests.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      // Errors reach the caller as exceptions; the runtime would print them on stderr as well.
      logSeverityLevel: 4,
    })
  } catch (error) {
    throw new ModelContractError(`The model "${name}" is damaged (${firstLine(error)}): train or copy it again.`)
  }
}

function checkShape(session: InferenceSession, contract: ModelContract, name: string): void {
  const [input, ...otherInputs] = session.inputMetadata
  if (input === undefined || otherInputs.length > 0 || !isMatrix(input, contract.features.length)) {
    throw new ModelContractError(
      `The model "${name}" must have one input "${INPUT}", float32 of [N, ${contract.features.length}] as its contract says: ` +
        'train it again.',
      INPUT,
    )
  }
  const [output, ...otherOutputs] = session.outputMetadata
  if (output === undefined || otherOutputs.length > 0 || !isVector(output)) {
    throw new ModelContractError(`The model "${name}" must have one output "${OUTPUT}", float32 of [N]: train it again.`, OUTPUT)
  }
}

function isMatrix(value: InferenceSession.ValueMetadata, width: number): boolean {
  return (
    value.name === INPUT && value.isTensor && value.type === 'float32' && value.shape.length === 2 && value.shape[1] === width
  )
}

function isVector(value: InferenceSession.ValueMetadata): boolean {
  return value.name === OUTPUT && value.isTensor && value.type === 'float32' && value.shape.length === 1
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? message
}

// Field numbers of onnx.proto: ModelProto.metadata_props, a repeated StringStringEntryProto.
const METADATA_PROPS = 14
const ENTRY_KEY = 1
const ENTRY_VALUE = 2

/**
 * Reads the `metadata_props` of an ONNX file, which the JavaScript API of onnxruntime does not expose. Skips the rest of the file.
 * The last entry of a key counts.
 * @throws ModelContractError if the bytes are not a complete protobuf message
 */
export function readOnnxMetadata(model: Uint8Array): Map<string, string> {
  const metadata = new Map<string, string>()
  try {
    const reader = new BinaryReader(model)
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag()
      if (field === METADATA_PROPS && type === WireType.LengthDelimited) {
        const [key, value] = readEntry(reader.bytes())
        metadata.set(key, value)
      } else {
        reader.skip(type, field)
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ModelContractError(`The file is not an ONNX model, or is damaged (${reason}): train or copy the model again.`)
  }
  return metadata
}

function readEntry(bytes: Uint8Array): [key: string, value: string] {
  const reader = new BinaryReader(bytes)
  let key = ''
  let value = ''
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (field === ENTRY_KEY && type === WireType.LengthDelimited) key = reader.string(true)
    else if (field === ENTRY_VALUE && type === WireType.LengthDelimited) value = reader.string(true)
    else reader.skip(type, field)
  }
  return [key, value]
}
