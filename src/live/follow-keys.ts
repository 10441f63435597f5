import type { KeyChanges } from '../auth/key-changes.ts'
import { decodeKeys, KEYS, type KeysOnRecord, NO_KEYS } from '../auth/key-record.ts'
import type { KnownKeys } from '../auth/known-keys.ts'
import type { StateStore } from '../state/store.ts'
import { MINUTE, SECOND } from '../time-units.ts'
import { readAgain } from './follow-copies.ts'
import type { Signals } from './signals.ts'

/** How often the keys are read in any case: a revocation whose signal is lost takes so long at most. */
const REREAD_MS = 5 * SECOND
/** How often the last uses of keys are recorded. */
const NOTE_MS = MINUTE

/**
 * Keeps the keys in line with the record of the store, as other processes change it, and records when keys were used last. Revokes
 * a key again if the store has lost its revocation.
 * @throws LiverankError if the record cannot be read: the service must not start without its keys
 */
export async function followKeys(
  keys: KnownKeys,
  changes: KeyChanges,
  store: StateStore,
  signals: Signals,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  let isStoreAnother = false
  const load = async () => {
    const startsOver = isStoreAnother
    isStoreAnother = false
    const record = await readKeys(store).catch((error) => {
      isStoreAnother ||= startsOver
      throw error
    })
    // Otherwise what was read may be older than what this process has just written.
    if (startsOver) keys.startOver(record)
    else keys.follow(record)
    // What fails here, the next read repeats.
    for (const id of keys.lostRevocations) await changes.revoke(id).catch(onError)
  }
  const reading = readAgain(load, onError)
  const endSignals = await signals.follow('keys', reading.again)
  const endResync = signals.onResync(() => {
    isStoreAnother = true
    reading.again()
  })
  const note = () => changes.noteUses(keys.takeUses(NOTE_MS)).catch(onError)
  // The embedded store belongs to this process alone: nothing changes behind its back.
  const timers = [setInterval(note, NOTE_MS), ...(store.name === 'redis' ? [setInterval(reading.again, REREAD_MS)] : [])]
  for (const timer of timers) timer.unref()
  await load()
  return async () => {
    for (const timer of timers) clearInterval(timer)
    reading.end()
    endResync()
    await endSignals()
    await note()
  }
}

async function readKeys(store: StateStore): Promise<KeysOnRecord> {
  const [held] = await store.readValues([KEYS])
  return held ? decodeKeys(held) : NO_KEYS
}
