import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../../src/errors.ts'
import { readFound } from '../learning/model-choice.ts'
import { type Ask, changeModel, type ModelOfService, modelsOf } from './learner-service.ts'
import type { LearnerRun } from './learner-state.ts'
import { judgePromotion } from './promotion.ts'

/** Begins the names of the models of a learner. */
const OWN = 'auto-'

/** Folder of the models, in the folder of the learner. */
const MODELS = 'models'

/** Actions on items that a log needs, and days that it must span, before anything is learned from it. */
const LEAST_ACTIONS = 2000
const LEAST_DAYS = 3

/** What came of a run. */
export type Result = Pick<LearnerRun, 'outcome' | 'reason'>

/** How a run does its work. */
export interface RunParts {
  /** Folder of the learner. */
  readonly work: string
  /** Folder of the log. */
  readonly log: string
  readonly ask: Ask
  /** Counts the actions on items in the log, and the days that it spans. */
  readonly survey: () => Promise<{ readonly actions: number; readonly days: number }>
  /** Computes neighbour lists from the log, and uploads them. Undefined to make none. */
  readonly makeLists: (() => Promise<void>) | undefined
  /** Trains a model. @param out its folder @param compare folder of a model to compare with; undefined for none */
  readonly train: (out: string, compare: string | undefined) => Promise<void>
  /** Uploads a model, and registers it. */
  readonly upload: (folder: string, name: string) => Promise<void>
  readonly say: (line: string) => void
}

/** Returns the name of the model of a run that begins at a time, in ms. */
export function modelName(startedAt: number): string {
  return `${OWN}${new Date(startedAt).toISOString().slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-')}`
}

/**
 * Runs once: lists, training, judgement, upload. Each step can be repeated, so a run that was cut off is run again with the same name.
 * @throws LiverankError for what went wrong
 */
export async function run(model: string, parts: RunParts): Promise<Result> {
  const { work, ask, survey, makeLists, train, upload, say } = parts
  const before = await modelsOf(ask)
  const ofPerson = before.find(({ name, status }) => status === 'ACTIVE' && !name.startsWith(OWN))
  if (ofPerson)
    return {
      outcome: 'paused',
      reason: `The model ${ofPerson.name} ranks, which a person has activated. Retire it (retireModel) to let the learner go on.`,
    }
  const { actions, days } = await survey()
  if (actions < LEAST_ACTIONS || days < LEAST_DAYS)
    return {
      outcome: 'waiting',
      reason: `The log has ${actions} actions on items in ${days.toFixed(1)} days. Learning begins with ${LEAST_ACTIONS} in ${LEAST_DAYS} days.`,
    }
  await makeLists?.().catch((error: unknown) => {
    if (!(error instanceof LiverankError)) throw error
    // The model learns without them.
    say(`No neighbour lists: ${error.message}`)
  })
  // What is in shadow was ahead of what ranks.
  const incumbent = ownIn(before, 'SHADOW', model) ?? ownIn(before, 'ACTIVE', model)
  const known = incumbent && join(work, MODELS, incumbent.name)
  if (known !== undefined && !existsSync(known))
    return {
      outcome: 'paused',
      reason: `The service has the model ${incumbent!.name}, but ${known} is gone, so no model can be compared with it. Retire it, or restore the folder.`,
    }
  const out = join(work, MODELS, model)
  if (!existsSync(out)) await train(out, known)
  const { isPromoted, reason } = judgePromotion(await readFound(out))
  if (isPromoted) await putInShadow(model, before, parts, () => upload(out, model))
  await removeUnused(work, await modelsOf(ask))
  return { outcome: isPromoted ? 'promoted' : 'refused', reason }
}

/** @param but name of a model that does not count @returns another model of a learner with this status */
function ownIn(models: readonly ModelOfService[], wanted: ModelOfService['status'], but: string): ModelOfService | undefined {
  return models.find(({ name, status }) => status === wanted && name.startsWith(OWN) && name !== but)
}

/** The former shadow of the learner leaves, since each model in shadow takes time. */
async function putInShadow(
  model: string,
  before: readonly ModelOfService[],
  { ask }: RunParts,
  upload: () => Promise<void>,
): Promise<void> {
  await upload()
  await changeModel(ask, 'shadowModel', model)
  for (const { name, status } of before)
    if (status === 'SHADOW' && name.startsWith(OWN) && name !== model) await changeModel(ask, 'retireModel', name)
}

/** Removes the folders of models that the service does not have, or no longer. */
async function removeUnused(work: string, models: readonly ModelOfService[]): Promise<void> {
  const used = new Set(models.flatMap(({ name, status }) => (status === 'RETIRED' ? [] : [name])))
  for (const name of await readdir(join(work, MODELS)))
    if (name.startsWith(OWN) && !used.has(name)) await rm(join(work, MODELS, name), { recursive: true, force: true })
}
