import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from '@graphql-codegen/cli'
import { expect, it } from 'vitest'
import config from '../../codegen.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

it('the web pages have types of their operations that fit the schema', async () => {
  const generates = Object.fromEntries(Object.entries(config.generates).filter(([path]) => path.startsWith('web/')))
  const files: { filename: string; content: string }[] = await generate({ ...config, generates, silent: true }, false)
  expect((await readdir(join(REPOSITORY, 'web/generated'))).map((name) => `web/generated/${name}`).sort()).toEqual(
    Object.keys(generates).sort(),
  )
  // In the order in which they were ready.
  for (const path of Object.keys(generates)) {
    const { content } = files.find(({ filename }) => filename.endsWith(path))!
    expect(await readFile(join(REPOSITORY, path), 'utf8'), `${path}: run npm run codegen`).toBe(content)
  }
})
