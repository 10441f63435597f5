import { KEPT_EVENTS } from '../kept-events.ts'
import type { Subject } from '../subject.ts'
import { readByGroup } from './grouped-reads.ts'
import type { RedisKeys } from './keys.ts'
import { answered } from './redis-errors.ts'
import type { RedisCommands } from './scripts.ts'

/** Reads the values of subjects, one command for each partition. */
export async function readSubjects(
  commands: RedisCommands,
  keys: RedisKeys,
  subjects: readonly Subject[],
): Promise<(Uint8Array | undefined)[]> {
  const values = new Array<Uint8Array | undefined>(subjects.length)
  await readByGroup(
    commands,
    subjects.map(({ id }) => keys.partition(id)),
    (i) => keys.value(subjects[i]),
    (i, value) => {
      values[i] = value
    },
  )
  return values
}

/** Reads the events that are kept of a user. */
export function readKeptEvents(commands: RedisCommands, keys: RedisKeys, userId: string): Promise<string[]> {
  return answered(commands.lrange(keys.events(userId), 0, KEPT_EVENTS - 1))
}
