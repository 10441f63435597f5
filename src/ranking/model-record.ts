import { z } from 'zod'
import { LiverankError, NotFoundError } from '../errors.ts'
import { decodeStamped, encodeStamped } from '../state/stamped-json.ts'
import type { Subject } from '../state/subject.ts'
import type { ModelContract } from './model-contract.ts'

/** The one value that says which models there are, and what becomes of each. */
export const MODELS = { kind: 'models', id: 'all' } as const satisfies Subject

const standing = z.discriminatedUnion('status', [
  z.object({ status: z.literal('REGISTERED') }),
  z.object({ status: z.literal('SHADOW') }),
  z.object({
    status: z.literal('ACTIVE'),
    /** Share of the users, 0 to 1; null for the one that takes all whom no share takes. */
    share: z.number().min(0).max(1).nullable(),
    /** Revision in which it was activated. */
    since: z.int(),
  }),
  z.object({ status: z.literal('RETIRED') }),
])

const modelOnRecord = z.object({
  name: z.string(),
  standing,
  /** Revision in which its folder was read: a later one means that it must be read again. */
  registeredIn: z.int(),
  /** From its contract, so that it can be shown without its folder. */
  features: z.array(z.string()),
  trainedAt: z.string().nullable(),
  metrics: z.record(z.string(), z.json()),
})

const modelsOnRecord = z.object({
  /** Rises by one with every change. */
  revision: z.int(),
  /** In order of their first registration. */
  models: z.array(modelOnRecord),
  /** The model that took what no share takes before the present one did; null where there was none. */
  former: z.string().nullable(),
})

export type ModelStanding = z.infer<typeof standing>
export type ModelOnRecord = z.infer<typeof modelOnRecord>
export type ModelsOnRecord = z.infer<typeof modelsOnRecord>

export const NO_MODELS: ModelsOnRecord = { revision: 0, models: [], former: null }

/** @throws when it is no such record */
export function parseModels(record: unknown): ModelsOnRecord {
  return modelsOnRecord.parse(record)
}

export function encodeModels(record: ModelsOnRecord, stamp: Uint8Array): Buffer {
  return encodeStamped(record, stamp)
}

export function decodeModels(value: Uint8Array): ModelsOnRecord {
  return parseModels(decodeStamped(value))
}

/** Share of the users that each active model serves, by name; whatever lacks to 1 is left to the rule. */
export function trafficOf({ models }: ModelsOnRecord): Map<string, number> {
  const traffic = new Map<string, number>()
  const rest = models.find(takesRest)
  for (const { name, standing } of models)
    if (standing.status === 'ACTIVE' && standing.share !== null) traffic.set(name, standing.share)
  if (rest) traffic.set(rest.name, Math.max(0, 1 - sum(traffic.values())))
  return traffic
}

/** A model whose folder was read. One that is in use stays in use; one that was retired is back. */
export function register(
  record: ModelsOnRecord,
  name: string,
  { features, trainedAt, metrics }: Pick<ModelContract, 'features' | 'trainedAt' | 'metrics'>,
): ModelsOnRecord {
  const revision = record.revision + 1
  const held = record.models.find((model) => model.name === name)
  const model: ModelOnRecord = {
    name,
    standing: !held || held.standing.status === 'RETIRED' ? { status: 'REGISTERED' } : held.standing,
    registeredIn: revision,
    features: features.map((feature) => feature.name),
    trainedAt,
    metrics,
  }
  const models = held ? record.models.map((other) => (other === held ? model : other)) : [...record.models, model]
  return { ...record, revision, models }
}

/**
 * From here on the model serves this share of the users. With 1 it is the only one. With less, the others keep the shares that they were
 * given, and what remains goes to the model that takes it now; if that is this one, to the active model that was activated last; if there
 * is none, to the one that served before; if there is none either, to the rule.
 * @param share 0 to 1
 * @throws NotFoundError when no such model is registered
 * @throws LiverankError BAD_USER_INPUT when the others leave less than this share
 */
export function activate(record: ModelsOnRecord, name: string, share: number): ModelsOnRecord {
  const model = registered(record, name)
  const revision = record.revision + 1
  if (share === 1) {
    const rest = record.models.find(takesRest)
    const former = rest && rest.name !== name ? rest.name : record.former
    const models = record.models.map((other) =>
      other === model
        ? standingAs(other, { status: 'ACTIVE', share: null, since: revision })
        : isActive(other)
          ? standingAs(other, { status: 'REGISTERED' })
          : other,
    )
    return { revision, models, former: former === name ? null : former }
  }
  const models = withRest(record, name, revision).map((other) =>
    other.name === name ? standingAs(other, { status: 'ACTIVE', share, since: revision }) : other,
  )
  const taken = sum(models.flatMap((other) => (other.name !== name && isActive(other) ? (other.standing.share ?? 0) : [])))
  // Shares are decimal fractions: their sum may miss 1 by rounding.
  if (taken + share > 1 + 1e-9) {
    throw new LiverankError(
      'BAD_USER_INPUT',
      `The traffic of ${name} would be ${share}, and other models have ${round(taken)} by their own share: at most ${round(1 - taken)} ` +
        'remains. Lower theirs first, or retire one.',
    )
  }
  return { ...record, revision, models }
}

/** From here on the model is scored beside what is served, and not shown. What it served goes where what remains goes. */
export function shadow(record: ModelsOnRecord, name: string): ModelsOnRecord {
  registered(record, name)
  return leave(record, name, { status: 'SHADOW' })
}

/** From here on the model is not used. What it served goes where what remains goes. */
export function retire(record: ModelsOnRecord, name: string): ModelsOnRecord {
  found(record, name)
  return leave(record, name, { status: 'RETIRED' })
}

function leave(record: ModelsOnRecord, name: string, to: ModelStanding): ModelsOnRecord {
  const revision = record.revision + 1
  const models = withRest(record, name, revision).map((model) => (model.name === name ? standingAs(model, to) : model))
  return { ...record, revision, models, former: record.former === name ? null : record.former }
}

/** The models, with an heir where this one takes what remains and another can; else as they are. */
function withRest({ models, former }: ModelsOnRecord, name: string, revision: number): readonly ModelOnRecord[] {
  const others = models.filter((model) => model.name !== name)
  if (others.some(takesRest) || !models.some(takesRest)) return models
  const [latest] = others.filter(isActive).sort((a, b) => b.standing.since - a.standing.since)
  const heir = latest ?? others.find((model) => model.name === former && model.standing.status === 'REGISTERED')
  if (!heir) return models
  return models.map((model) => (model === heir ? standingAs(model, { status: 'ACTIVE', share: null, since: revision }) : model))
}

/** @throws NotFoundError */
function found({ models }: ModelsOnRecord, name: string): ModelOnRecord {
  const model = models.find((each) => each.name === name)
  if (!model) throw new NotFoundError(`No model ${name} is registered: registerModel first.`)
  return model
}

/** @throws NotFoundError also for a model that was retired */
function registered(record: ModelsOnRecord, name: string): ModelOnRecord {
  const model = found(record, name)
  if (model.standing.status === 'RETIRED') throw new NotFoundError(`The model ${name} is retired: registerModel first.`)
  return model
}

type ActiveModel = ModelOnRecord & { readonly standing: Extract<ModelStanding, { status: 'ACTIVE' }> }

export function isActive(model: ModelOnRecord): model is ActiveModel {
  return model.standing.status === 'ACTIVE'
}

function takesRest(model: ModelOnRecord): boolean {
  return isActive(model) && model.standing.share === null
}

function standingAs(model: ModelOnRecord, standing: ModelStanding): ModelOnRecord {
  return { ...model, standing }
}

function sum(shares: Iterable<number>): number {
  let total = 0
  for (const share of shares) total += share
  return total
}

function round(share: number): number {
  return Math.round(share * 1e6) / 1e6
}
