import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../../errors.ts'
import { writeWhole } from '../durable-file.ts'

/** File with the latest time that a process of the store has seen, as an ISO 8601 text. */
const LAST_TIME = 'last-time'

/**
 * Reads the latest time that a process of the store has seen.
 * @returns ms since 1970; undefined if the folder has no record of it, as one of an earlier version
 * @throws LiverankError DAMAGED_LOG if the file holds no time
 */
export async function readLastTime(dataDir: string): Promise<number | undefined> {
  const path = join(dataDir, LAST_TIME)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const time = Date.parse(text.trim())
  if (Number.isNaN(time))
    throw new LiverankError(
      'DAMAGED_LOG',
      `${path} holds no time. Write the time into it at which the service last ran, such as 2026-11-27T12:00:00Z.`,
    )
  return time
}

/** Records the latest time that this process has seen, in ms since 1970. */
export function writeLastTime(dataDir: string, time: number): Promise<void> {
  return writeWhole(join(dataDir, LAST_TIME), (file) => file.writeFile(`${new Date(time).toISOString()}\n`))
}
