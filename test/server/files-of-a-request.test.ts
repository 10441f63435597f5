import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { builtProgram } from '../support/built-command.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'

const passed = z.object({ files: z.array(z.string()), calls: z.number() })
const answer = z.object({ event: passed, withSlate: passed })
let ways: z.infer<typeof answer>

beforeAll(async () => {
  const program = [builtProgram('files-of-a-request'), scratchDirectory()]
  const { stdout } = await promisify(execFile)(process.execPath, program)
  ways = answer.parse(JSON.parse(stdout))
})

it('an event passes at most 124 files of src', () => {
  expect(ways.event.files.length, ways.event.files.join('\n')).toBeLessThanOrEqual(124)
})

it('an event that asks for a slate passes at most 210 files of src', () => {
  expect(ways.withSlate.files.length, ways.withSlate.files.join('\n')).toBeLessThanOrEqual(210)
})
