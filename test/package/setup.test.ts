import { execFile } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, it, vi } from 'vitest'
import { buildTrainingEnvironment } from '../support/build-training-environment.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)
/** Only root may install system packages. */
const isRoot = process.getuid?.() === 0

/** A repository whose check passes, whose Python environment has this problem, and whose tests write what they are told. */
async function repository(problem: string): Promise<string> {
  const root = await temporaryDirectory()
  for (const folder of ['src', 'lab', 'bench', 'web', 'docs', 'clients/typescript/src', 'dist', 'scripts', 'node_modules/vitest'])
    await mkdir(join(root, folder), { recursive: true })
  for (const script of ['scripts/setup.mjs', 'scripts/build-pages.mjs']) await copyFile(join(ROOT, script), join(root, script))
  await symlink(join(ROOT, 'node_modules/tsx'), join(root, 'node_modules/tsx'))
  const files = {
    'package.json': JSON.stringify({ type: 'module', scripts: { check: 'node --eval ""' } }),
    'package-lock.json': '{}',
    'node_modules/.package-lock.json': '{}',
    'tsconfig.json': '{}',
    'vite.config.ts': '',
    'README.md': '',
    'CONTRIBUTING.md': '',
    'CHANGELOG.md': '',
    'scripts/build-training-environment.ts': `process.send!(${JSON.stringify(problem)}); process.disconnect!()`,
    'node_modules/vitest/vitest.mjs': `
      import { writeFileSync } from 'node:fs'
      writeFileSync('told.json', JSON.stringify([process.env.TRAINING_PROBLEM, ...process.argv.slice(2)]))
      process.exitCode = 5`,
  }
  for (const [path, text] of Object.entries(files)) await writeFile(join(root, path), text)
  return root
}

afterEach(() => {
  vi.unstubAllEnvs()
})

it.each(['no network', ''])(
  'npm test passes the problem "%s" of the environment on to the tests, and ends with their exit code',
  async (problem) => {
    const root = await repository(problem)
    // Nothing is missing that the system would have to install.
    const { TRAINING_PROBLEM: _, ...rest } = process.env
    const env = { ...rest, REDIS_SERVER: 'redis-server', CHROMIUM: 'chromium', PYTHON: 'python3' }
    const ended = run(process.execPath, ['scripts/setup.mjs', 'test', '--reporter=json'], { cwd: root, env })
    await expect(ended).rejects.toMatchObject({ code: 5 })
    expect(JSON.parse(await readFile(join(root, 'told.json'), 'utf8'))).toEqual([problem, 'run', '--reporter=json'])
  },
)

it('a system package that apt-get lacks does not prevent the installation of the others', async () => {
  const root = await repository('')
  const bin = join(root, 'bin')
  await mkdir(bin)
  const { stdout: npm } = await run('sh', ['-c', 'command -v npm'])
  const programs = { node: process.execPath, npm: npm.trim(), sh: '/bin/sh', env: '/usr/bin/env' }
  for (const [name, path] of Object.entries(programs)) await symlink(path, join(bin, name))
  const asked = join(root, 'asked')
  await writeFile(join(bin, 'apt-get'), `#!/bin/sh\necho "$@" >> ${asked}\ncase "$*" in *caddy*) exit 100;; esac\n`, {
    mode: 0o755,
  })
  await writeFile(asked, '')
  const env = { PATH: bin, HOME: root, CHROMIUM: 'chromium' }
  const ended = run(process.execPath, ['scripts/setup.mjs', 'test'], { cwd: root, env })
  await expect(ended).rejects.toMatchObject({ code: 5, stderr: expect.stringContaining(isRoot ? 'could not install caddy' : '') })
  const wanted = (await readFile(asked, 'utf8')).split('\n').filter((line) => line.startsWith('install'))
  const packages = ['redis-server', 'openssl', 'caddy', 'python3 python3-venv']
  expect(wanted.map((line) => line.replace(/^install -y -qq --no-install-recommends /, ''))).toEqual(isRoot ? packages : [])
})

it('npm pack builds the code first, and packs nothing if that fails', async () => {
  const root = await temporaryDirectory()
  for (const file of ['package.json', '.npmrc', 'LICENSE', 'README.md']) await copyFile(join(ROOT, file), join(root, file))
  await mkdir(join(root, 'scripts'))
  const pack = async (build: string) => {
    await writeFile(join(root, 'scripts/setup.mjs'), `import { mkdirSync, writeFileSync } from 'node:fs'\n${build}`)
    const { stdout } = await run('npm', ['pack', '--json', '--foreground-scripts=false'], { cwd: root })
    return (JSON.parse(stdout) as { files: { path: string }[] }[])[0].files.map(({ path }) => path)
  }
  await expect(pack('process.exit(3)')).rejects.toMatchObject({ code: 3 })
  expect((await readdir(root)).filter((name) => name.endsWith('.tgz'))).toEqual([])
  const built = "mkdirSync('dist/src', { recursive: true }); writeFileSync('dist/src/index.js', '')"
  expect(await pack(`if (process.argv[2] === 'pack') { ${built} }`)).toContain('dist/src/index.js')
})

it('npm tells the package of the ONNX runtime to fetch nothing when it is installed', async () => {
  const root = await temporaryDirectory()
  await copyFile(join(ROOT, '.npmrc'), join(root, '.npmrc'))
  const scripts = { told: 'node -p process.env.npm_config_onnxruntime_node_install' }
  await writeFile(join(root, 'package.json'), JSON.stringify({ scripts }))
  // `npm test` has told this process.
  const { npm_config_onnxruntime_node_install: _, ...env } = process.env
  expect((await run('npm', ['run', '--silent', 'told'], { cwd: root, env })).stdout).toBe('skip\n')
})

it('the tests do not build an environment again that npm test could not build', async () => {
  vi.stubEnv('PYTHON', '/nowhere/python')
  vi.stubEnv('TRAINING_PROBLEM', 'no network')
  expect(await buildTrainingEnvironment()).toBe('no network')
  vi.stubEnv('TRAINING_PROBLEM', undefined)
  expect(await buildTrainingEnvironment()).toContain('"/nowhere/python" does not run')
})

it('a start says that it compiles, and a second start has nothing to compile', async () => {
  const root = await repository('')
  await mkdir(join(root, 'node_modules/@typescript/native/bin'), { recursive: true })
  const compiler = `for (const part of ['src', 'lab', 'bench']) require('node:fs').writeFileSync('dist/' + part + '.tsbuildinfo', '')`
  await mkdir(join(root, 'node_modules/vite/bin'), { recursive: true })
  const bundler = `require('node:fs').mkdirSync('dist/web/start', { recursive: true })
    require('node:fs').writeFileSync('dist/web/start/index.html', '')`
  await writeFile(join(root, 'node_modules/vite/bin/vite.js'), bundler)
  await writeFile(join(root, 'node_modules/vite/package.json'), '{}')
  await writeFile(join(root, 'node_modules/@typescript/native/bin/tsc'), compiler)
  await writeFile(join(root, 'node_modules/@typescript/native/package.json'), '{}')
  const start = async () => (await run(process.execPath, ['scripts/setup.mjs', 'build'], { cwd: root })).stdout
  expect(await start()).toBe('Compiling the code.\nBuilding the web pages.\n')
  expect(await start()).toBe('')
  await writeFile(join(root, 'web/page.tsx'), '')
  await utimes(join(root, 'dist/web/start/index.html'), 0, 0)
  expect(await start()).toBe('Building the web pages.\n')
})
