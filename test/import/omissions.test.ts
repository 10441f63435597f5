import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { LIVERANK_LAB } from '../support/built-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const run = promisify(execFile)

/** A log of 1,500 events, with one line that is no JSON and one that is there twice. */
async function imperfectLog(): Promise<string> {
  const lines = Array.from({ length: 1500 }, (_, n) =>
    JSON.stringify({
      eventId: `e${n}`,
      userId: `u${n % 9}`,
      itemId: `i${n % 5}`,
      eventType: 'view',
      timestamp: 1.7e12 + n * 1000,
    }),
  )
  lines.splice(700, 0, lines[699], '{"eventId":')
  const folder = await temporaryDirectory()
  await writeFile(join(folder, 'events.jsonl'), `${lines.join('\n')}\n`)
  return folder
}

describe('lines of a log that a command omits', () => {
  it.each([
    ['import', []],
    ['replay', ['--store', 'memory', '--model', 'none', '--limit', '3']],
  ])('are counted and named by %s', async (command, options) => {
    const folder = await imperfectLog()
    const env = { ...process.env, DATA_DIR: await temporaryDirectory() }
    const { stdout } = await run(process.execPath, [LIVERANK_LAB, command, folder, ...options], { env })
    expect(stdout).toMatch(/^Omitted: 1 broken lines, 1 repeated lines\n {2}.*events\.jsonl:702: the line is not JSON/m)
  })
})
