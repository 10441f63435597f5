import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildImage, type Image } from '../support/dockerfile.ts'
import { post } from '../support/graphql-client.ts'
import { simulatedFolder } from '../support/simulated-folder.ts'
import { RECOMMEND, slateOf } from '../support/slate-answer.ts'
import { StartedService } from '../support/started-service.ts'
import { scratchDirectory, temporaryDirectory } from '../support/temporary-directory.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const exec = promisify(execFile)

/** With IMAGE_INSTALL the packages are installed as the Dockerfile says; else those of the repository are linked, which is as good and quick. */
async function install(command: string, folder: string): Promise<boolean> {
  if (process.env.IMAGE_INSTALL || !command.startsWith('npm ci')) return false
  const lock = 'node_modules/.package-lock.json'
  await exec('cp', ['-al', join(REPOSITORY, 'node_modules'), folder])
  await rm(join(folder, 'node_modules/.cache'), { recursive: true, force: true })
  // npm writes it in place, and it must not be that of the repository.
  await rm(join(folder, lock))
  await copyFile(join(REPOSITORY, lock), join(folder, lock))
  return true
}

/** As `install`, and without what the image gets from elsewhere: Python and its packages. */
async function installJob(command: string, folder: string): Promise<boolean> {
  return command.startsWith('apt-get ') || command.includes('ensurePython') || install(command, folder)
}

/** The systems for which an image has the ONNX runtime, such as linux/x64. */
async function binaries(app: string): Promise<string[]> {
  const folder = join(app, 'node_modules/onnxruntime-node/bin/napi-v6')
  const systems = await readdir(folder)
  return (
    await Promise.all(systems.map(async (system) => (await readdir(join(folder, system))).map((kind) => `${system}/${kind}`)))
  ).flat()
}

describe('the build steps of the image of the daily job', () => {
  it('install the command offline, and its script', async () => {
    const image = await buildImage(REPOSITORY, scratchDirectory(), installJob, 'deploy/offline.Dockerfile')
    const [shell, script] = image.entrypoint
    expect(shell).toBe('sh')
    expect(existsSync(join(image.root, script))).toBe(true)
    const env = { ...image.env, PATH: `${join(image.root, 'usr/local/bin')}:${process.env.PATH}` }
    const offline = (...args: string[]) => spawnSync('liverank', ['offline', ...args], { env, encoding: 'utf8' })
    expect(offline('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--url <url>') })
    expect(offline('/nowhere')).toMatchObject({ status: 2, stderr: expect.stringMatching(/^liverank: \/nowhere does not exist/) })
    expect(existsSync(join(image.root, 'app/training/ease.py'))).toBe(true)
    expect(await binaries(join(image.root, 'app'))).toEqual([`linux/${process.arch}`])
  })
})

describe('the build steps of the image', () => {
  let scratch: string
  let image: Image
  beforeAll(async () => {
    scratch = scratchDirectory()
    image = await buildImage(REPOSITORY, scratch, install)
  })

  const environment = (more: Record<string, string> = {}) => ({
    ...image.env,
    PATH: `${join(image.root, 'usr/local/bin')}:${process.env.PATH}`,
    ...more,
  })
  const docker = (args: readonly string[], more?: Record<string, string>) => {
    const [program, ...fixed] = image.entrypoint
    const options = { cwd: join(image.root, image.workdir), env: environment(more), encoding: 'utf8' as const }
    const { status, stdout, stderr } = spawnSync(program, [...fixed, ...args], options)
    return { code: status, out: stdout, err: stderr }
  }

  it('install the service, its production packages, its model and the files for monitoring, and nothing else', async () => {
    const app = join(image.root, image.workdir)
    expect((await readdir(app)).sort()).toEqual([
      'dist',
      'models',
      'monitoring',
      'node_modules',
      'package.json',
      'schema.graphql',
    ])
    expect(await readdir(join(app, 'dist'))).toEqual(expect.not.arrayContaining(['lab', 'bench']))
    expect(await readdir(join(app, 'models'))).toEqual(['default'])
    expect(existsSync(join(app, 'node_modules/onnxruntime-node'))).toBe(true)
    for (const dev of [
      'typescript',
      'vitest',
      'tsx',
      '@biomejs/biome',
      '@graphql-codegen/cli',
      'linkedom',
      'react',
      'idb-keyval',
    ])
      expect(existsSync(join(app, 'node_modules', dev))).toBe(false)
    expect(await binaries(app)).toEqual([`linux/${process.arch}`])
  })

  it('install a command that imports, serves, exports and runs doctor on a mounted folder', async () => {
    const history = simulatedFolder()
    const DATA_DIR = join(await temporaryDirectory(), 'data')
    expect(docker(['import', history], { DATA_DIR })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/into the embedded store: \d+ events recorded, 0 already known, 0 rejected/),
    })

    const [program, ...fixed] = [...image.entrypoint, ...image.cmd]
    const DOMAIN = join(await temporaryDirectory(), 'our-shop.yaml')
    await writeFile(DOMAIN, 'extends: e-commerce\neventTypes:\n  wishlist: { role: other, weight: 2 }\n')
    const settings = { DATA_DIR, DOMAIN, ALLOW_UNAUTHENTICATED: '1', PORT: '0' }
    const place = { program, cwd: join(image.root, image.workdir) }
    const served = new StartedService(environment(settings), fixed, place)
    const url = await served.serving()
    const { items, model } = slateOf(await post(url, RECOMMEND, { input: { userId: 'me', first: 5 } }))
    expect(items).toHaveLength(5)
    expect(model).toBe('default')

    const out = join(await temporaryDirectory(), 'log')
    expect(docker(['export', out], { DATA_DIR })).toMatchObject({ code: 0, out: expect.stringMatching(/^Exported \d+ entries/) })
    expect(JSON.parse(await readFile(join(out, 'export.json'), 'utf8')).events).toBeGreaterThan(1000)
    const doctor = docker(['doctor', '--json'], { ...settings, PORT: new URL(url).port })
    expect(doctor.code).toBe(0)
    expect(JSON.parse(doctor.out).findings).toContainEqual({
      check: 'service',
      status: 'ok',
      message: 'The service is running, and ready.',
    })
    expect(await served.stop('SIGTERM')).toBe(0)
  })

  it('install a command that ends with a sentence if it is used wrongly', () => {
    const nowhere = docker(['import', '/nowhere'])
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringMatching(/^liverank: \/nowhere does not exist/) })
    expect(docker(['serve'])).toMatchObject({ code: 78, err: expect.stringContaining('ALLOW_UNAUTHENTICATED=1') })
    expect(docker(['train', '/nowhere'])).toMatchObject({ code: 2, err: expect.stringContaining("unknown command 'train'") })
  })
})
