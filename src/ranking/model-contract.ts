import { z } from 'zod'
import { ModelContractError } from '../errors.ts'

/** Name of the file of a model. */
export const MODEL_FILE = 'model.onnx'
/** Key of the ONNX metadata entry that holds the model contract, as JSON. */
export const contractKey = 'liverank.contract'

const measureSchema = z.object({ value: z.number(), low: z.number(), high: z.number() })

/** Schema of the model contract, as `training/contract.py` writes it. Unknown entries are dropped. */
export const modelContractSchema = z.object({
  format: z.literal(1, 'this service reads contracts of format 1'),
  /** Columns of the model input, in order. */
  features: z.array(z.object({ name: z.string().min(1), type: z.literal('float32') })).min(1),
  /** Feature that holds the position of an impression, which is unknown before ranking. null if the model has no such feature. */
  positionFeature: z.string().nullable(),
  /** Value of the position feature at serving time. */
  positionAtServing: z.number().nullable(),
  /** Version of the feature layout of the training data. */
  layoutVersion: z.int(),
  /** Parameters of the accumulators that computed the training features, such as half-lives. */
  accumulators: z.json(),
  dataHash: z.string(),
  dataNames: z.array(z.string()),
  trainedAt: z.iso.datetime(),
  /** Number of trees; absent for other kinds of models. */
  trees: z.int().positive().optional(),
  /** Metrics on the test split: means over decisions, where missed decisions score 0, with 95 % bootstrap intervals. */
  metrics: z.object({
    // Null where no decision has both a clicked and another candidate.
    ndcg10: measureSchema.nullable(),
    mrr20: measureSchema.nullable(),
    hr20: measureSchema.nullable(),
    auc: measureSchema.nullable(),
    rows: z.int(),
    /** Number of decisions in the test split, missed ones included. */
    decisions: z.int(),
    missed: z.int(),
  }),
  /** Calibration: click probability = sigmoid(slope * raw score + intercept). The ONNX graph already applies it. */
  calibration: z.object({ slope: z.number().positive(), intercept: z.number() }),
  /** Versions of the tools that made the model: xgboost or another trainer, onnx, numpy, python. */
  versions: z.record(z.string(), z.string()),
})

/** Contract of a model: the features that it needs, and how it was trained. */
export type ModelContract = z.infer<typeof modelContractSchema>

/** Features that the service can compute. */
export interface KnownFeatures {
  features: ReadonlySet<string>
  layoutVersion: number
}

/**
 * Parses the contract in the metadata of an ONNX file.
 * @throws ModelContractError if the contract is missing or has a wrong shape; `field` is the path of the wrong entry
 */
export function parseModelContract(metadata: ReadonlyMap<string, string>): ModelContract {
  const text = metadata.get(contractKey)
  if (text === undefined) {
    throw new ModelContractError(`The ONNX file has no "${contractKey}" entry: train the model with this project.`, contractKey)
  }
  const parsed = modelContractSchema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue === undefined || issue.path.length === 0 ? contractKey : issue.path.join('.')
  const reason = issue?.message ?? 'no reason given'
  throw new ModelContractError(`The model's contract is wrong at "${field}" (${reason}): train the model again.`, field)
}

/**
 * Checks that the service can compute the features of a model.
 * @throws ModelContractError that names the first feature or other entry that does not fit
 */
export function checkContract(contract: ModelContract, known: KnownFeatures): void {
  if (contract.layoutVersion !== known.layoutVersion) {
    throw new ModelContractError(
      `The model was trained on feature layout ${contract.layoutVersion}, but this service computes layout ` +
        `${known.layoutVersion}: train it again.`,
      'layoutVersion',
    )
  }
  const seen = new Set<string>()
  for (const { name } of contract.features) {
    if (seen.has(name)) {
      throw new ModelContractError(`The model names the feature "${name}" twice: train it again.`, name)
    }
    seen.add(name)
    // The position is not computed: serving fills it with a constant of the contract.
    if (name !== contract.positionFeature && !known.features.has(name)) {
      throw new ModelContractError(
        `The model needs the feature "${name}", which this service does not compute: train it again, serve it with the version ` +
          'and the DOMAIN that it was trained with, or set MODEL= (empty) to rank without a model.',
        name,
      )
    }
  }
  const { positionFeature, positionAtServing } = contract
  if (positionFeature !== null && !seen.has(positionFeature)) {
    throw new ModelContractError(
      `The model's position feature "${positionFeature}" is not among its features: train it again.`,
      positionFeature,
    )
  }
  if ((positionFeature === null) !== (positionAtServing === null)) {
    throw new ModelContractError(
      'The model must have both "positionFeature" and "positionAtServing", or neither: train it again.',
      'positionAtServing',
    )
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ModelContractError(`The "${contractKey}" entry of the ONNX file is not JSON: train the model again.`, contractKey)
  }
}
