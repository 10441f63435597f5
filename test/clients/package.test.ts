import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { generate } from '@graphql-codegen/cli'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import config from '../../codegen.ts'
import { COMPILER } from '../support/built-command.ts'
import { openTestService, serve } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { recordedIds } from './device.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const CLIENT = join(REPOSITORY, 'clients/typescript')
const LARGEST_BYTES = 15 * 1024
const exec = promisify(execFile)

const CONSUMER = `
import { LiverankClient, memoryStorage, type EventOutcome } from 'liverank-client'
import { useRecommendations } from 'liverank-client/react'
const [url = ''] = process.argv.slice(2)
const onOutcome = ({ event, status }: EventOutcome) => console.log(event.eventId, status)
const client = new LiverankClient({ url, userId: 'ana', storage: memoryStorage(), onOutcome })
await client.recordEvent({ eventType: 'view', itemId: 'mug', eventId: 'a' })
await client.flush()
client.close()
console.log(typeof useRecommendations)
`

it('is at most 15 KB, compressed, without graphql-ws and React', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export * from './src/index.ts'\nexport * from './src/react/index.ts'", resolveDir: CLIENT },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    external: ['graphql-ws', 'react'],
  })
  expect(gzipSync(outputFiles[0].contents).length).toBeLessThan(LARGEST_BYTES)
})

it('has types of the operations that fit the schema', async () => {
  const [path] = Object.keys(config.generates).filter((name) => name.startsWith('clients/'))
  const files = await generate({ ...config, generates: { [path!]: config.generates[path!]! }, silent: true }, false)
  expect(files).toHaveLength(1)
  expect(await readFile(join(REPOSITORY, path!), 'utf8'), 'run npm run codegen').toBe(files[0].content)
})

it('compiles without the types of Node, and runs as a package in Node', async () => {
  const folder = await temporaryDirectory()
  const installed = join(folder, 'node_modules/liverank-client')
  await mkdir(installed, { recursive: true })
  await exec(process.execPath, [COMPILER, '-p', CLIENT, '--outDir', join(installed, 'dist')])
  await cp(join(CLIENT, 'package.json'), join(installed, 'package.json'))
  for (const name of ['graphql', 'graphql-ws', 'idb-keyval', 'react', '@types', '@graphql-typed-document-node'])
    await symlink(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'consumer.ts'), CONSUMER)
  const options = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom', '--strict', '--types', 'node']
  await exec(process.execPath, [COMPILER, ...options, 'consumer.ts'], { cwd: folder })
  const service = await openTestService()
  const { url } = await serve(service)
  // Nothing keeps the process from ending.
  const { stdout } = await exec(process.execPath, ['consumer.js', url], { cwd: folder })
  expect(stdout).toBe('a RECORDED\nfunction\n')
  expect(await recordedIds(service)).toEqual(['a'])
})
