import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { readPage } from './markdown-page.ts'

/** Folders with files of the repository, with `/` at the end. */
const folders = new Set(
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
    .split('\n')
    .flatMap((path) => (path.includes('/') && !path.startsWith('.') && existsSync(path) ? `${dirname(path)}/` : [])),
)

async function codeOf(path: string): Promise<Set<string>> {
  const { code } = await readPage(path)
  return new Set(code.map(({ text }) => text))
}

it('the page on architecture names each folder of the repository, of src, src/state and lab', async () => {
  const named = await codeOf('docs/architecture.md')
  const parts = Array.from(
    folders,
    (folder) => /^(?:(?:src\/state|src|lab|models)\/(?:[\w-]+\/)?|[\w-]+\/)/.exec(folder)?.[0] ?? folder,
  )
  expect([...new Set(parts)].filter((folder) => !named.has(folder)).sort()).toEqual([])
})

it('each folder of src and lab has tests at the corresponding path, or the contributing guide says where they are', async () => {
  const named = await codeOf('CONTRIBUTING.md')
  const sources = [...folders].filter((folder) => /^(?:src|lab)\/./.test(folder))
  const untested = sources.filter((folder) => !existsSync(`test/${folder.replace(/^src\//, '')}`))
  expect(untested.filter((folder) => !named.has(folder))).toEqual([])
})
