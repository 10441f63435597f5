import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from './support/temporary-directory.ts'

const ROOT = join(import.meta.dirname, '..')
const PROGRAM = join(import.meta.dirname, 'support/count-results.mjs')

/** Test files that read from the folder that is not public. */
const reading = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && file !== 'count-results.test.ts')
  .filter((file) => /shared\/(data|design)\b/.test(readFileSync(join(import.meta.dirname, file), 'utf8')))
  .map((file) => `test/${file}`)

/** Counts a report in which this test was skipped, in a clone without the folder beside it. */
async function count(file: string): Promise<{ code: number; slowest: string[]; last: string | undefined }> {
  const root = join(await temporaryDirectory(), 'clone')
  const passed = {
    name: join(root, 'test/a.test.ts'),
    startTime: 0,
    endTime: 100,
    assertionResults: [{ status: 'passed', fullName: 'a' }],
  }
  const skipped = {
    name: join(root, file),
    startTime: 0,
    endTime: 1500,
    assertionResults: [{ status: 'skipped', fullName: 'b' }],
  }
  const report = join(await temporaryDirectory(), 'report.json')
  await writeFile(report, JSON.stringify({ numPassedTests: 1, numFailedTests: 0, testResults: [passed, skipped] }))
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, report, root], { cwd: ROOT }, (error, out) => {
      const lines = out.trimEnd().split('\n')
      const slowest = lines.slice(0, -1).filter((line) => /^ +[\d.]+ {2}/.test(line))
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, slowest, last: lines.at(-1) })
    })
  })
}

describe('the counts of .ci/run, in a clone without ../shared', () => {
  it('count several files that need the folder', () => expect(reading.length).toBeGreaterThan(3))

  it.each(reading)('allow %s to skip tests', async (file) => {
    expect(await count(file)).toMatchObject({ code: 0, last: '1 passed, 0 failed, 1 skipped' })
  })

  it('follow the seconds of the slowest files', async () => {
    const { slowest } = await count('test/live/loop.test.ts')
    expect(slowest).toEqual(['    1.5  test/live/loop.test.ts', '    0.1  test/a.test.ts'])
  })

  it('fail if another test skips', async () => {
    expect(await count('test/live/loop.test.ts')).toMatchObject({ code: 1 })
  })
})
