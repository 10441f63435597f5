import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runInOwnProcess } from '../../bench/support/own-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

it.each([
  ['process.exit(3)', 'ended with exit code 3'],
  ["process.kill(process.pid, 'SIGKILL')", 'was ended by SIGKILL'],
])('a measurement in a separate process fails if its code is %s', async (code, end) => {
  const script = join(await temporaryDirectory(), 'command.mjs')
  await writeFile(script, code)
  const [, command] = process.argv
  onTestFinished(() => {
    process.argv[1] = command
  })
  process.argv[1] = script
  expect(() => runInOwnProcess(['bench', 'memory'])).toThrow(`"liverank bench memory" ${end}`)
})
