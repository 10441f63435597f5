import { decodeModels, MODELS } from '../ranking/model-record.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import type { StateStore } from '../state/store.ts'
import { readAgain } from './follow-copies.ts'
import type { Signals } from './signals.ts'

/** How often a process that could not load a model tries again: its folder may come later. */
const RELOAD_MS = 10_000

/**
 * Keeps the served models in line with the recorded models, as other processes change the record.
 * @param settings name of the model to serve while nothing is recorded; empty for none
 * @throws NotFoundError or ModelContractError if nothing is recorded and this model cannot be loaded
 */
export async function followModels(
  models: ServedModels,
  store: StateStore,
  signals: Signals,
  settings: string,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const read = async () => {
    const [held] = await store.readValues([MODELS])
    if (held) await models.follow(decodeModels(held))
    // The store lost its record.
    else if (models.record.revision > 0) await models.startOver(settings)
    return held !== undefined
  }
  const reading = readAgain(read, onError)
  const endSignals = await signals.follow('models', reading.again)
  const endResync = signals.onResync(reading.again)
  const timer = setInterval(() => {
    if (models.problem !== undefined) reading.again()
  }, RELOAD_MS)
  timer.unref()
  const end = async () => {
    reading.end()
    clearInterval(timer)
    endResync()
    await endSignals()
  }
  try {
    const isOnRecord = await read()
    if (settings === '') return end
    if (!isOnRecord) await models.begin(settings)
    // What is on record cannot be served, and nothing was served before: rather this than the rule.
    else if (models.problem !== undefined) await models.begin(settings).catch(onError)
    return end
  } catch (error) {
    await end()
    throw error
  }
}
