import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import clientFile from '../../clients/typescript/package.json' with { type: 'json' }
import labFile from '../../lab/package.json' with { type: 'json' }
import packageFile from '../../package.json' with { type: 'json' }
import consoleFile from '../../web/console/package.json' with { type: 'json' }
import pagesFile from '../../web/package.json' with { type: 'json' }
import shopFile from '../../web/shop/package.json' with { type: 'json' }
import { type MarkdownPage, readPage } from '../docs/markdown-page.ts'
import { commandsOf } from '../docs/shell-commands.ts'
import { COMPILER } from '../support/built-command.ts'
import { post } from '../support/graphql-client.ts'
import { RECOMMEND, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'
import { StartedService } from '../support/started-service.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const GUIDE = 'docs/guides/use-the-package.md'
/** Without what `npm test` takes from .npmrc, which a reader's shell does not have. */
const { npm_config_onnxruntime_node_install: _, ...OUTSIDE } = process.env
/** Keeps npm from printing, and from asking the registry for what it has. */
const NPM = {
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_prefer_offline: 'true',
  npm_config_update_notifier: 'false',
}
const exec = promisify(execFile)

const UPSERT = 'mutation Upsert($items: [ItemInput!]!) { upsertItems(input: { items: $items }) { __typename } }'

const CONSUMER = `
import { defineDomain, type Domain, makeLogger, openService, readConfig, startServer, systemRandomness, wallClock } from 'liverank'
const domain: Domain = defineDomain({ name: 'mine', extends: 'e-commerce', eventTypes: { wishlist: { role: 'other', weight: 2 } } })
const logger = makeLogger('silent')
const config = readConfig({ MODEL: '' })
const service = await openService({ config, dataDir: undefined, domain, clock: wallClock(), random: systemRandomness(), logger })
const server = await startServer(service, { host: '127.0.0.1', port: 0, graphiql: false, logger })
console.log(server.url satisfies string, domain.eventTypes.wishlist.weight)
await server.close().then(() => service.close())
`

const DOMAIN_MODULE = `
import { defineDomain } from 'liverank'
export default defineDomain({ name: 'our-shop', extends: 'e-commerce', eventTypes: { wishlist: { role: 'other', weight: 2 } } })
`

/** Prints the limit of the heap, in bytes: the room for new objects, three times the option, is a part of it. */
const HEAP_LIMIT = `
import { getHeapStatistics } from 'node:v8'
console.log(getHeapStatistics().heap_size_limit)
`

const ACTIVITY = '{ userFeatures(userIds: ["me"], names: ["user_events_by_type"]) { features { breakdown { key value } } } }'

/** Packages that packages of the service import. */
const NEEDED_BY_PACKAGES = ['@graphql-typed-document-node/core']

describe('the package', () => {
  let guide: MarkdownPage
  let folder: string
  let installed: { stdout: string; stderr: string }
  const env = () => ({ PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`, HOME: folder })

  beforeAll(async () => {
    guide = await readPage(join(REPOSITORY, GUIDE))
    const cwd = scratchDirectory()
    await exec('npm', ['pack', '--ignore-scripts', '--pack-destination', cwd], { cwd: REPOSITORY })
    installed = await exec('bash', ['-ec', blocksOf('sh')[0]], { cwd, env: { ...OUTSIDE, ...NPM } })
    folder = join(cwd, 'our-shop')
  })

  /** Blocks of code of the guide in this language. */
  function blocksOf(language: string): string[] {
    return guide.blocks.filter((block) => block.language === language).map(({ text }) => text)
  }

  /** Starts what a block of shell text of the guide starts. The settings replace those of the block. */
  function started(shell: string, settings: Record<string, string>): StartedService {
    const [{ variables, words }] = commandsOf(shell)
    const [program, ...args] = words[0] === 'npx' ? words.slice(1) : words
    return new StartedService({ ...env(), ...Object.fromEntries(variables), ...settings }, args, { program, cwd: folder })
  }

  it('installs without a warning', () => {
    expect(installed.stderr).toBe('')
  })

  it('does what its guide says, from the domain file to the program of a user', async () => {
    const [domain] = blocksOf('yaml')
    expect(domain.split('\n').length).toBeLessThanOrEqual(15)
    const [, editorSchema] = /\$schema=(.*)/.exec(domain)!
    expect(JSON.parse(await readFile(join(folder, editorSchema), 'utf8'))).toHaveProperty('properties.eventTypes')
    await writeFile(join(folder, 'our-shop.yaml'), domain)
    await writeFile(join(folder, 'server.mjs'), blocksOf('js')[0])
    const [, byCommand, byProgram] = blocksOf('sh')
    const [record, read] = blocksOf('graphql')
    const about1 = { data: { itemFeatures: [{ features: [{ name: 'item_wishlist_7d', value: expect.closeTo(1, 2) }] }] } }

    const service = started(byCommand, { PORT: '0' })
    const url = await service.serving()
    expect(await post(url, record)).toEqual({ data: { recordEvent: { __typename: 'RecordEventPayload' } } })
    expect(await post(url, read)).toEqual(about1)
    expect(await service.stop('SIGINT')).toBe(0)

    const program = started(byProgram, { PORT: '0' })
    expect(await post(await program.serving(), read)).toEqual(about1)
    expect(await program.stop('SIGINT')).toBe(0)
  })

  it('serves, records an event and answers with a slate', async () => {
    const settings = { ...env(), PORT: '0', DATA_DIR: 'plain-data', MODEL: 'default' }
    const url = await new StartedService(settings, ['serve'], { program: 'liverank', cwd: folder }).serving()
    const items = ['a', 'b'].map((itemId) => ({ itemId, attributes: {} }))
    await post(url, UPSERT, { items })
    const { userVersion } = recordedOf(
      await post(url, RECORD, { input: { eventId: 'e1', userId: 'me', itemId: 'a', eventType: 'view' } }),
    )
    const slate = slateOf(await post(url, RECOMMEND, { input: { userId: 'me', first: 5, rules: { seen: [] } } }))
    expect(slate).toMatchObject({ version: userVersion, model: 'default' })
    expect(await readdir(join(folder, 'plain-data'))).toContain('journal.jsonl')
  })

  it('runs its command with as much memory for new objects as npm run serve', async () => {
    await writeFile(join(folder, 'heap-limit.mjs'), HEAP_LIMIT)
    const NODE_OPTIONS = `--import=${join(folder, 'heap-limit.mjs')}`
    const { stdout } = await exec('liverank', ['--version'], { cwd: folder, env: { ...env(), NODE_OPTIONS } })
    // Versions of Node differ in the rest of the heap, so that the limit is compared with that of the same Node.
    const limit = async (mebibytes: number) =>
      (await exec(process.execPath, [`--max-semi-space-size=${mebibytes}`, 'heap-limit.mjs'], { cwd: folder })).stdout
    expect(stdout.split('\n')[0]).toBe((await limit(64)).trim())
    expect(Number(await limit(32))).toBeLessThan(Number(await limit(64)))
  })

  it('serves a domain module of a user that imports the package', async () => {
    await writeFile(join(folder, 'our-shop.mjs'), DOMAIN_MODULE)
    const settings = { ...env(), PORT: '0', DATA_DIR: 'shop-data', DOMAIN: './our-shop.mjs' }
    const url = await new StartedService(settings, ['serve'], { program: 'liverank', cwd: folder }).serving()
    const event = { eventId: 'e1', userId: 'me', itemId: 'a', eventType: 'wishlist' }
    await post(url, RECORD, { input: event })
    expect(await post(url, ACTIVITY)).toEqual({
      data: { userFeatures: [{ features: [{ breakdown: [{ key: 'wishlist', value: 1 }] }] }] },
    })
  })

  it('lists its commands, and explains one with an example', async () => {
    const { stdout } = await exec('npx', ['liverank', '--help'], { cwd: folder, env: env() })
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name)
    for (const name of [
      'serve',
      'import',
      'export',
      'train',
      'evaluate',
      'replay',
      'simulate',
      'exploration',
      'off-policy',
      'bench',
      'doctor',
      'upload-model',
    ])
      expect(commands).toContain(name)
    const { stdout: help } = await exec('liverank', ['off-policy', '--help'], { cwd: folder, env: env() })
    expect(help).toMatch(/Examples:\n( {2}.*\n)* {2}.*liverank off-policy/)
  })

  it('installs no package that only the lab, the web pages or the client import', async () => {
    const others = [clientFile, labFile, pagesFile, consoleFile, shopFile]
    const ofOthers = others.flatMap((file) =>
      Object.keys({ ...file.devDependencies, ...('dependencies' in file && file.dependencies) }),
    )
    const foreign = new Set(ofOthers.filter((name) => !(name in packageFile.dependencies) && !NEEDED_BY_PACKAGES.includes(name)))
    expect(foreign).toContain('linkedom')
    expect(foreign).toContain('react')
    expect(foreign).toContain('idb-keyval')
    expect([...foreign].filter((name) => existsSync(join(folder, 'node_modules', name)))).toEqual([])
  })

  it('has the code that trains models, computes similar items and runs the demo shop, with all that it imports', async () => {
    const lab = join(folder, 'node_modules/liverank/dist/lab')
    const files = ['train', 'offline', 'verify-features', 'simulate'].map((name) => `commands/run-${name}.js`)
    const imports = [...files, 'demo/serve-demo.js'].map((file) => `await import(${JSON.stringify(join(lab, file))})`)
    await exec(process.execPath, ['--input-type=module', '--eval', imports.join('\n')], { cwd: folder })
  })

  it('says what to install for the other commands of the lab, which then run', async () => {
    const [source, out] = [join(folder, 'published'), join(folder, 'converted')]
    await mkdir(source)
    await writeFile(join(source, 'ratings.csv'), 'userId,movieId,rating,timestamp\n1,2,4.0,1000000000\n')
    await writeFile(join(source, 'movies.csv'), 'movieId,title,genres\n2,A film,Drama\n')
    const convert = () => exec('liverank', ['convert', 'movielens', source, out, '--all'], { cwd: folder, env: env() })
    const { code, stderr } = await convert().catch((error) => error)
    expect(code).toBe(1)
    const [, install] = /such as csv-parse\. Run in the folder where you installed liverank: (npm install .*)\n$/.exec(stderr)!
    await exec('bash', ['-ec', install], { cwd: folder, env: { ...OUTSIDE, ...NPM } })
    await convert()
    const lab = join(folder, 'node_modules/liverank/dist/lab/commands')
    const imports = ['cold-start', 'evaluate', 'evaluation-summary', 'exploration', 'off-policy', 'replay'].map(
      (name) => `await import(${JSON.stringify(join(lab, `run-${name}.js`))})`,
    )
    await exec(process.execPath, ['--input-type=module', '--eval', imports.join('\n')], { cwd: folder })
  })

  it('checks its installation with doctor', async () => {
    const { stdout } = await exec('npx', ['liverank', 'doctor', '--json'], { cwd: folder, env: { ...env(), PORT: '1' } })
    const { problems, findings } = JSON.parse(stdout)
    expect(problems).toBe(0)
    expect(findings).toContainEqual(expect.objectContaining({ check: 'model', status: 'ok' }))
  })

  it('can be used as a library, with types', async () => {
    await writeFile(join(folder, 'consumer.mts'), CONSUMER)
    const types = ['--types', 'node', '--typeRoots', join(REPOSITORY, 'node_modules/@types')]
    const options = ['--module', 'nodenext', '--target', 'es2023', '--strict', '--skipLibCheck', ...types]
    await exec(process.execPath, [COMPILER, ...options, 'consumer.mts'], { cwd: folder })
    const { stdout } = await exec(process.execPath, ['consumer.mjs'], { cwd: folder, env: env() })
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql 2\n$/)
  })
})
