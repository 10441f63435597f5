import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { readPage } from '../docs/markdown-page.ts'
import { builtModule } from '../support/built-command.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'

const passed = z.object({ files: z.array(z.string()), any: z.array(z.string()), calls: z.number() })
const answer = z.object({ event: passed, withSlate: passed })
let ways: z.infer<typeof answer>
/** The lists of the page on architecture: of an event, and of what its slate adds. */
let lists: readonly (readonly string[])[]

beforeAll(async () => {
  const program = [builtModule('test/programs/files-of-a-request'), scratchDirectory()]
  const { stdout } = await promisify(execFile)(process.execPath, program)
  ways = answer.parse(JSON.parse(stdout))
  const { blocks } = await readPage('docs/architecture.md')
  lists = blocks
    .map(({ text }) => listed(text))
    .filter((files) => files.includes('auth/principal.ts') || files.includes('slate/rank.ts'))
})

/** Files of a block with a folder, and names without ending, on each line. A line without a folder continues the one before. */
function listed(block: string): string[] {
  let folder = ''
  return block.split('\n').flatMap((line) => {
    const [, named = '', names] = /^([\w/]+\/)?\s+(.*)$/.exec(line) ?? [undefined, '', '']
    if (named) folder = named === 'src/' ? '' : named
    return names.split(' ').map((name) => `${folder}${name}.ts`)
  })
}

/** Expects the list to name each file that all of the requests passed, and none that no request passed. */
function expectListed(list: readonly string[], { files, any }: z.infer<typeof passed>): void {
  expect({ missing: files.filter((file) => !list.includes(file)), unused: list.filter((file) => !any.includes(file)) }).toEqual({
    missing: [],
    unused: [],
  })
}

it('an event passes at most 88 files of src, those of the page on architecture', () => {
  expect(ways.event.files.length).toBeLessThanOrEqual(88)
  expectListed(lists[0], ways.event)
})

it('an event that asks for a slate passes at most 144 files of src, those of the page on architecture', () => {
  expect(ways.withSlate.files.length).toBeLessThanOrEqual(144)
  expectListed(lists.flat(), ways.withSlate)
})
