import { answered } from './redis-errors.ts'
import type { RedisCommands } from './scripts.ts'

/** Members that are read at once. */
const PAGE = 500

/**
 * Yields the members of a sorted set in pages, in the order of the scores. Each page has its members in turns with their scores.
 * @throws UnavailableError if Redis does not answer
 */
export async function* sortedSetPages(commands: RedisCommands, key: string): AsyncGenerator<readonly Buffer[]> {
  for (let start = 0; ; start += PAGE) {
    const page = await answered(commands.zrangeBuffer(key, start, start + PAGE - 1, 'WITHSCORES'))
    if (page.length > 0) yield page
    if (page.length < 2 * PAGE) return
  }
}
