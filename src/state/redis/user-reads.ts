import { KEPT_EVENTS } from '../kept-events.ts'
import type { Subject } from '../subject.ts'
import type { RedisKeys } from './keys.ts'
import { answered } from './redis-errors.ts'
import type { RedisCommands } from './scripts.ts'
import type { ValueReads } from './value-reads.ts'

/** Reads the values of subjects, in their order; undefined for those that have none. */
export async function readSubjects(
  reads: ValueReads,
  keys: RedisKeys,
  subjects: readonly Subject[],
): Promise<(Uint8Array | undefined)[]> {
  const values = await reads.read(subjects.map((subject) => keys.value(subject)))
  return values.map((value) => value ?? undefined)
}

/** Reads the events that are kept of a user. */
export function readKeptEvents(commands: RedisCommands, keys: RedisKeys, userId: string): Promise<string[]> {
  return answered(commands.lrange(keys.events(userId), 0, KEPT_EVENTS - 1))
}
