import { InvalidInputError, NotFoundError } from '../errors.ts'
import type { ModelContract } from './model-contract.ts'
import { isActive, type ModelOnRecord, type ModelStanding, type ModelsOnRecord, sum, takesRest } from './model-record.ts'
import type { UploadedFiles } from './uploaded-model.ts'

/**
 * Adds or updates a model whose file was read. An active or shadow model keeps its state. A retired model becomes registered
 * again.
 * @param files of an uploaded model; undefined for one that was read from a folder
 */
export function register(
  record: ModelsOnRecord,
  name: string,
  { features, trainedAt, metrics }: Pick<ModelContract, 'features' | 'trainedAt' | 'metrics'>,
  files?: UploadedFiles,
): ModelsOnRecord {
  const revision = record.revision + 1
  const held = record.models.find((model) => model.name === name)
  const model: ModelOnRecord = {
    name,
    standing: !held || held.standing.status === 'RETIRED' ? { status: 'REGISTERED' } : held.standing,
    registeredIn: revision,
    features: features.map((feature) => feature.name),
    trainedAt,
    ...(files && { files }),
    metrics,
  }
  const models = held ? record.models.map((other) => (other === held ? model : other)) : [...record.models, model]
  return { ...record, revision, models }
}

/**
 * Gives a model a share of the users. Share 1 makes it the only active model. With a smaller share, other models keep their shares,
 * and the remaining users stay with the model that serves them now. If that is this model, they go to another active model, the
 * last activated one; else to the model that served before; else to the rule.
 * @param share share of users, 0 to 1
 * @throws NotFoundError if the model is not registered
 * @throws LiverankError BAD_USER_INPUT if the other models leave less than this share
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
    throw new InvalidInputError(
      `A traffic of ${share} for ${name} is too high, because other models already have ${round(taken)}: at most ${round(1 - taken)} ` +
        'remains. First lower the traffic of another model, or retire one.',
      'traffic',
    )
  }
  return { ...record, revision, models }
}

/**
 * Makes a model a shadow: it scores served slates and is not shown. Its remaining users go to another model as in `activate`.
 * @throws NotFoundError if the model is not registered
 */
export function shadow(record: ModelsOnRecord, name: string): ModelsOnRecord {
  registered(record, name)
  return leave(record, name, { status: 'SHADOW' })
}

/**
 * Retires a model: it is not used any more. Its remaining users go to another model as in `activate`.
 * @throws NotFoundError if the model does not exist
 */
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
  if (!model) throw new NotFoundError(`No model ${name} is registered: call registerModel first.`, 'name')
  return model
}

/** @throws NotFoundError also for a model that was retired */
function registered(record: ModelsOnRecord, name: string): ModelOnRecord {
  const model = found(record, name)
  if (model.standing.status === 'RETIRED')
    throw new NotFoundError(`The model ${name} is retired: call registerModel first.`, 'name')
  return model
}

function standingAs(model: ModelOnRecord, standing: ModelStanding): ModelOnRecord {
  return { ...model, standing }
}

function round(share: number): number {
  return Math.round(share * 1e6) / 1e6
}
