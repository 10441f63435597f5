import { setTimeout as wait } from 'node:timers/promises'
import { decodeModels, MODELS } from '../ranking/model-record.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import type { StateStore } from '../state/store.ts'
import type { Signals } from './signals.ts'

/** How soon the record is read again when the store did not answer. */
const RETRY_MS = 500
/** How often a process that could not load a model tries again: its folder may come later. */
const RELOAD_MS = 10_000

/**
 * Keeps what is served to what is on record, as others change it.
 * @param settings name of the model that is served as long as nothing is on record; empty for none
 * @throws NotFoundError or ModelContractError when nothing is on record and that model cannot be loaded
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
    return held !== undefined
  }
  let asked = false
  let reading = false
  let ended = false
  const readAgain = async () => {
    asked = true
    if (reading) return
    reading = true
    while (asked && !ended) {
      asked = false
      await read().catch(async (error) => {
        asked = true
        onError(error)
        await wait(RETRY_MS, undefined, { ref: false })
      })
    }
    reading = false
  }
  const endSignals = await signals.followModels(() => void readAgain())
  const endResync = signals.onResync(() => void readAgain())
  const timer = setInterval(() => {
    if (models.problem !== undefined) void readAgain()
  }, RELOAD_MS)
  timer.unref()
  const end = async () => {
    ended = true
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
