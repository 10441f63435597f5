// Sets up what a fresh machine lacks: the packages of the lockfile, then a build of the code and the web pages (`build`),
// a build from scratch (`pack`), or what the tests need and the check of the code (`test`).
// Runs before anything is installed, so it uses Node alone.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const purpose = process.argv[2]
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`liverank needs Node 20.19 or later; this is ${process.versions.node}.`)
  process.exit(1)
}

const run = (command, args) => execFileSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
const changedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

if (changedAt('node_modules/.package-lock.json') < changedAt('package-lock.json')) {
  console.log('Installing the packages. This takes a few minutes.')
  run('npm', ['ci', '--no-audit', '--no-fund'])
}

const builtAt = Math.min(...['src', 'lab', 'bench'].map((part) => changedAt(`dist/${part}.tsbuildinfo`)))
const isStale = builtAt < Math.max(newest('src'), newest('lab'), newest('bench'))
// A package must not contain what was built from files that are gone.
if (purpose === 'pack') rmSync('dist', { recursive: true, force: true })
if (purpose === 'pack' || (purpose === 'build' && isStale)) {
  console.log('Compiling the code.')
  run(process.execPath, ['node_modules/@typescript/native/bin/tsc', '-b'])
}
if (purpose === 'pack' || purpose === 'build') run(process.execPath, ['scripts/build-pages.mjs'])
if (purpose === 'test') {
  installForTests()
  const problem = await checkAndBuildEnvironment()
  // The setup of the tests would try once more to build what cannot be built.
  const tests = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(3)], {
    stdio: 'inherit',
    env: { ...process.env, ...(problem !== undefined && { TRAINING_PROBLEM: problem }) },
  })
  const [code] = await once(tests, 'exit')
  process.exitCode = code ?? 1
}

function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? newest(path) : changedAt(path)
  })
  return Math.max(changedAt('tsconfig.json'), ...times)
}

/** Installs what tests need from the system's packages, where that is allowed. Elsewhere the tests that need it say so and are skipped. */
function installForTests() {
  if (!has('apt-get') || process.getuid?.() !== 0) return
  const missing = []
  if (!has('redis-server') && !process.env.REDIS_SERVER)
    missing.push({ packages: ['redis-server'], reason: 'tests run against a real Redis' })
  if (!process.env.CHROMIUM && !existsSync('/usr/bin/chromium'))
    missing.push({ packages: ['chromium'], reason: 'tests run web pages in a browser' })
  if (!has('openssl')) missing.push({ packages: ['openssl'], reason: 'tests make certificates' })
  if (!has('caddy')) missing.push({ packages: ['caddy'], reason: 'tests run the proxy of compose.yaml' })
  if (!hasVenv()) missing.push({ packages: ['python3', 'python3-venv'], reason: 'tests train a model in Python' })
  if (missing.length === 0) return
  const reasons = missing.map((one) => `${one.packages.join(' and ')} (${one.reason})`).join(', ')
  console.log(`Installing system packages with apt-get: ${reasons}.`)
  try {
    run('apt-get', ['update', '-qq'])
  } catch {
    console.warn('apt-get could not update its lists of packages.')
  }
  for (const { packages } of missing) install(packages)
}

/** Installs packages apart from others: not every distribution has all of them. */
function install(packages) {
  try {
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages])
  } catch {
    console.warn(`apt-get could not install ${packages.join(' and ')}: tests that need this are skipped.`)
  }
}

/**
 * Checks types, style and imports while Python installs its packages, which takes longer and needs the network rather than the processor.
 * Returns why the Python environment cannot be built: empty if it is built, undefined if the build did not say.
 */
async function checkAndBuildEnvironment() {
  let problem
  const python = spawn(process.execPath, ['--import', 'tsx', 'scripts/build-training-environment.ts'], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  python.on('message', (message) => {
    problem = message
  })
  const built = once(python, 'exit')
  const [code] = await once(
    spawn('npm', ['run', '--silent', 'check'], { stdio: 'inherit', shell: process.platform === 'win32' }),
    'exit',
  )
  if (code !== 0) {
    python.kill()
    process.exit(1)
  }
  await built
  return problem
}

/** Whether Python can make environments. One that the variable PYTHON names is left to whoever named it. */
function hasVenv() {
  if (process.env.PYTHON) return true
  return spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0
}

function has(command) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)))
}
