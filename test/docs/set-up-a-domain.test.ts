import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { schema } from '../../src/schema/schema.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const page = await readFile('docs/guides/set-up-a-domain.md', 'utf8')

/** Blocks of code in this language, without the indentation of lists. */
const blocks = (language: string) =>
  Array.from(page.matchAll(new RegExp(`^( *)\`\`\`${language}\n(.*?)^ *\`\`\`$`, 'gms')), ([, indent, code]) =>
    code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )

it('the domain files of the guide on domains are usable', async () => {
  const folder = await temporaryDirectory()
  const files = [
    ...blocks('yaml')
      .slice(0, -1)
      .map((code) => ['our-shop.yaml', code] as const),
    ...blocks('js').map((code) => ['our-shop.mjs', code] as const),
  ]
  expect(files).toHaveLength(2)
  for (const [name, code] of files) {
    const path = join(folder, name)
    await writeFile(path, code.replace("'liverank'", `'${pathToFileURL('src/domain/define-domain.ts').href}'`))
    expect(await loadDomain(path)).toMatchObject({ name: 'our-shop' })
  }
})

it('the domain file with mistakes gets the message that the guide prints', async () => {
  const path = join(await temporaryDirectory(), 'our-shop.yaml')
  await writeFile(path, blocks('yaml').at(-1)!)
  const printed = page.match(/^liverank: (The domain .*?)^```$/ms)![1].trimEnd()
  await expect(loadDomain(path)).rejects.toThrow(printed.replace('/srv/our-shop.yaml', path))
})

it('its operations fit the schema', () => {
  const operations = blocks('graphql')
  expect(operations).toHaveLength(2)
  for (const operation of operations) expect(validate(schema, parse(operation))).toEqual([])
})
