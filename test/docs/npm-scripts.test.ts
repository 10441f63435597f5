import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')))
const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))

it('CONTRIBUTING.md names every script that runs tests', () => {
  const text = readFileSync('CONTRIBUTING.md', 'utf8')
  const ofTests = Object.keys(scripts).filter((name) => name.startsWith('test:'))
  expect(ofTests.filter((name) => !text.includes(`npm run ${name} `))).toEqual([])
})

it('the documents name only scripts that exist', () => {
  const unknown = ['README.md', 'CONTRIBUTING.md', ...pages.map((path) => join('docs', path))].flatMap((path) => {
    const named = readFileSync(path, 'utf8').matchAll(/npm run (?:-s |--silent )?([a-z][\w:-]*)/g)
    return [...named].flatMap(([, name]) => (name! in scripts ? [] : `${path}: npm run ${name}`))
  })
  expect(unknown).toEqual([])
})
