import { behind } from '../log/id.ts'
import { lineOf, withLogId } from '../log/redis-entry-line.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'

/** Entries that are read at once. */
const PAGE = 500

/** A range of log ids, both included. */
export interface Stretch {
  readonly first: string
  readonly last: string
}

/**
 * Yields a range of a partition's log in the form of an archive: the column names, and the last id that was archived before, then the
 * entries, in texts of whole lines.
 */
export async function* logLines(
  { connection, keys }: { readonly connection: Pick<RedisConnection, 'commands'>; readonly keys: RedisKeys },
  partition: number,
  { first, last }: Stretch,
): AsyncGenerator<string> {
  // All of the stretch was recorded before, with columns that stood here before that.
  const names = await connection.commands.hget(keys.meta, 'columns')
  const after = await connection.commands.get(keys.archived(partition))
  yield `{"kind":"layout","format":1,${after === null ? '' : `"after":${JSON.stringify(after)},`}"names":${names}}\n`
  let from = first
  for (;;) {
    const entries = await connection.commands.xrange(keys.log(partition), from, last, 'COUNT', PAGE)
    if (entries.length === 0) return
    yield entries.map(([id, fields]) => `${withLogId(lineOf(fields), id)}\n`).join('')
    from = behind(entries[entries.length - 1][0])
  }
}
