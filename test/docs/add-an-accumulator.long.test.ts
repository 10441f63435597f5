import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, realpath, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { COMPILER } from '../support/built-command.ts'
import { post } from '../support/graphql-client.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A block of code of the page, with the file that was last named on a line of its own before it. */
interface Block {
  readonly language: string
  readonly file: string
  readonly code: string
}

function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let file = ''
  for (const [, named, language, code] of page.matchAll(/^`(src\/[^`]+)`$|^```(\w+)\n(.*?)^```$/gms)) {
    if (named !== undefined) file = named
    else blocks.push({ language, file, code })
  }
  return blocks
}

/** Puts the added lines of a patch behind the line that stands before them, which the file must have once. */
function patched(source: string, patch: string): string {
  const lines = patch.split('\n').filter((line) => line !== '')
  const before = lines[0].slice(1)
  const added = lines.slice(1).map((line) => {
    expect(line).toMatch(/^\+/)
    return line.slice(1)
  })
  expect(source.split('\n').filter((line) => line === before)).toHaveLength(1)
  return source.replace(`${before}\n`, `${[before, ...added].join('\n')}\n`)
}

/** Builds what stands in this folder. @returns the type errors */
async function build(folder: string): Promise<string> {
  const compiler = spawn(process.execPath, [COMPILER, '-b', 'src'], { cwd: folder })
  const [errors] = await Promise.all([text(compiler.stdout), once(compiler, 'exit')])
  return errors
}

describe('the page on adding an accumulator', () => {
  it('leads to working features if every step is followed', async () => {
    const page = await readFile(join(ROOT, 'docs/guides/add-an-accumulator.md'), 'utf8')
    const blocks = blocksOf(page).filter(({ language }) => language !== 'sh')
    expect(blocks.map(({ language }) => language)).toEqual(['ts', 'diff', 'diff', 'graphql', 'graphql'])
    const folder = await temporaryDirectory()
    // With what is built already, only what the page changes is compiled.
    for (const name of ['src', 'dist/src', 'dist/src.tsbuildinfo', 'package.json', 'tsconfig.json'])
      await cp(join(ROOT, name), join(folder, name), { recursive: true })
    await symlink(await realpath(join(ROOT, 'node_modules')), join(folder, 'node_modules'))
    for (const { language, file, code } of blocks) {
      const path = join(folder, file)
      if (language === 'ts') await writeFile(path, code, { flag: 'wx' })
      if (language === 'diff') await writeFile(path, patched(await readFile(path, 'utf8'), code))
    }
    expect(await build(folder)).toBe('')

    const service = new StartedService({ DATA_DIR: join(folder, 'data') }, [join(folder, 'dist/src/commands/main.js'), 'serve'])
    const url = await service.serving()
    const [record, read] = blocks.filter(({ language }) => language === 'graphql')
    for (const _ of [1, 2])
      expect(await post(url, record.code)).toEqual({ data: { recordEvent: { __typename: 'RecordEventPayload' } } })
    const { data, errors } = await post(url, read.code)
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({
      itemFeatures: [{ features: [{ name: 'item_shares_7d', value: expect.closeTo(2, 3) }] }],
    })
    expect(data?.accumulators).toContainEqual({
      name: 'item_shares',
      features: [{ name: 'item_shares_7d', missing: 'never; 0 for an item that nobody shared' }],
    })
  })
})
