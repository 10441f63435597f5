import { expect, it } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import * as exported from '../../src/index.ts'
import { readPage } from './markdown-page.ts'

it('the page on the package names everything that the package exports', async () => {
  const { code } = await readPage('docs/reference/package.md')
  const named = new Set(code.map(({ text }) => text))
  const files = Object.keys(packageFile.exports).flatMap((path) => (path === '.' ? [] : path.replace('.', 'liverank')))
  expect([...Object.keys(exported), ...files].filter((name) => !named.has(name))).toEqual([])
  expect([...named].filter((name) => name.startsWith('liverank/') && !files.includes(name))).toEqual([])
})
