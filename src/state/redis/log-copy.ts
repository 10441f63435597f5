import { UnavailableError } from '../../errors.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'

/** Entries that are copied at once: bounds the time that a call keeps Redis busy. */
const PAGE = 200
/** Entries that the call may copy that also puts the copy in place. */
const LAST_PAGE = 1000
/** A copy that nobody goes on with is gone after this many ms. */
const COPY_TTL = 60_000
const ATTEMPTS = 20

/**
 * Replaces a log by a copy with the same entries under the same ids. Redis keeps the text of a deleted entry in memory next to its
 * neighbours, in snapshots, and in a rewritten append-only file; a copy has no deleted entries.
 *
 * Recording, folding and trimming continue meanwhile. One script puts the copy in place of the log: it copies the latest entries
 * and drops trimmed ones. It gives up if other entries were deleted meanwhile, because the copy then has more entries than the log.
 * @param newId makes an id that no copy has had
 * @throws UnavailableError if other processes keep deleting entries
 */
export async function copyLog(
  partition: number,
  { commands }: RedisConnection,
  keys: RedisKeys,
  newId: () => string,
): Promise<void> {
  const log = keys.log(partition)
  const copy = keys.logCopy(partition, newId())
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    let from = '-'
    for (;;) {
      const [count, last] = await commands.liverankCopy(log, copy, from, PAGE, COPY_TTL)
      if (count > 0) from = `(${last}`
      if (count < PAGE) break
    }
    for (;;) {
      const outcome = await commands.liverankReplace(log, copy, from, LAST_PAGE)
      if (outcome === 'replaced') return
      if (outcome === 'deleted') break
      from = `(${(await commands.liverankCopy(log, copy, from, PAGE, COPY_TTL))[1]}`
    }
  }
  throw new UnavailableError('Too many erasures at the same time: send this erasure again.')
}
