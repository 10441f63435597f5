import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { generatedPages } from '../../scripts/docs/pages.ts'

it.each(Object.entries(generatedPages()))('%s is what npm run docs writes', async (path, text) => {
  expect(await readFile(path, 'utf8'), 'run npm run docs').toBe(text)
})
