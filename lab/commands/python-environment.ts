import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, sep } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { LiverankError } from '../../src/errors.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'

/** A Python environment that this package builds when it is first needed. */
export interface PythonEnvironment {
  /** What it is for, as the rest of "the Python environment for". */
  readonly purpose: string
  /** Name of its folder. */
  readonly folder: string
  /** Path of its pinned packages in the package. */
  readonly requirements: string
  /** Size on disk, about. */
  readonly megabytes: number
}

/** The environment in which models are trained. */
export const TRAINING: PythonEnvironment = {
  purpose: 'training',
  folder: '.venv-training',
  requirements: 'training/requirements.txt',
  megabytes: 400,
}

/** The environment of `evaluate --sequence-models`. */
export const SEQUENCES: PythonEnvironment = {
  purpose: 'sequence models',
  folder: '.venv-sequences',
  requirements: 'training/sequences/requirements.txt',
  megabytes: 550,
}

/** Follows the name of a folder that is being built. */
const BUILDING = '.building-'
const STAMP = 'liverank-stamp'
const OLDEST_MINOR = 9
// A build shows that it lives by touching its folder; process ids would not tell across containers.
const HEARTBEAT_MS = 2_000
const DEAD_AFTER_MS = 15_000
// The exit code with which our scripts refuse in a sentence; any other failure is a defect of theirs or of the environment.
const REFUSED = 2

/** The environment stays beside the scripts in a clone of the repository; an installed package may not be written to. */
const HOME = PACKAGE_ROOT.split(sep).includes('node_modules')
  ? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'liverank')
  : PACKAGE_ROOT

const running = new Map<string, Promise<string>>()

/** Which environment to use, and where. */
interface EnvironmentChoice {
  readonly environment?: PythonEnvironment
  /** Folder of `training` and of the environment; only tests name it. */
  readonly root?: string
}

/**
 * Returns the path of the Python interpreter of an environment, that of training by default. The first call builds it from its pinned
 * packages, which needs a network: in a folder of the repository, or in XDG_CACHE_HOME/liverank for an installed package. Later calls
 * need no network until the pins or the Python change. Several places and processes may call this at once.
 * @param log gets lines of progress.
 * @returns the path of the interpreter.
 * @throws LiverankError PYTHON_ENVIRONMENT when there is no Python 3.9 or later (`python3`, or what the variable PYTHON names),
 * when it cannot make environments, or when the packages cannot be installed.
 */
export function ensurePython(
  log: (line: string) => void,
  { environment = TRAINING, root }: EnvironmentChoice = {},
): Promise<string> {
  const home = root ?? HOME
  const folder = join(home, environment.folder)
  const already = running.get(folder)
  if (already !== undefined) return already
  const requirements = join(root ?? PACKAGE_ROOT, environment.requirements)
  const started = ensure(log, requirements, home, environment).finally(() => running.delete(folder))
  running.set(folder, started)
  return started
}

/** Looks whether there is a Python that can make the environment, without making it. @throws as `ensurePython` */
export async function expectPython({ folder }: PythonEnvironment = TRAINING): Promise<void> {
  const python = await findPython()
  if (!existsSync(join(HOME, folder))) await checkVenv(python)
}

async function ensure(
  log: (line: string) => void,
  requirements: string,
  root: string,
  environment: PythonEnvironment,
): Promise<string> {
  const python = await findPython()
  await mkdir(root, { recursive: true })
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  const [major, minor] = python.version.split('.')
  const stamp = `${hash} python ${major}.${minor}\n`
  const { purpose, megabytes } = environment
  const folder = join(root, environment.folder)
  if (await isBuilt(folder, stamp)) return interpreterOf(folder)
  await othersDone(folder, purpose, log)
  if (await isBuilt(folder, stamp)) return interpreterOf(folder)
  await checkVenv(python)
  log(`Building the Python environment for ${purpose} in ${folder} (once; about ${megabytes} MB)`)
  await build(python, requirements, folder, environment, stamp, log)
  return interpreterOf(folder)
}

interface Python {
  command: string
  /** Three numbers. */
  version: string
}

async function findPython(): Promise<Python> {
  const command = process.env.PYTHON || 'python3'
  const howTo =
    `install Python 3.${OLDEST_MINOR} or later (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install ` +
    'python), or name one with the environment variable PYTHON.'
  let version: string
  try {
    version = await capture(command, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'])
  } catch (error) {
    throw environmentError(`Training needs Python, and "${command}" does not run (${messageOf(error)}): ${howTo}`)
  }
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!(major > 3 || (major === 3 && minor >= OLDEST_MINOR))) {
    throw environmentError(`Training needs Python 3.${OLDEST_MINOR} or later, and "${command}" is ${version}: ${howTo}`)
  }
  return { command, version }
}

async function checkVenv({ command, version }: Python): Promise<void> {
  try {
    // Debian has venv without ensurepip, and then makes environments without pip.
    await capture(command, ['-c', 'import venv, ensurepip'])
  } catch {
    throw environmentError(
      `Python ${version} lacks the venv module, which training needs: install it (Debian, Ubuntu: apt-get install ` +
        'python3-venv), or name another Python with the environment variable PYTHON.',
    )
  }
}

async function isBuilt(folder: string, stamp: string): Promise<boolean> {
  try {
    // Its interpreter is a link, which breaks when the Python that made it goes.
    await access(interpreterOf(folder))
    return (await readFile(join(folder, STAMP), 'utf8')) === stamp
  } catch {
    return false
  }
}

/** Wait for builds of other processes, and clear away what is left of those that died. */
async function othersDone(folder: string, purpose: string, log: (line: string) => void): Promise<void> {
  let told = false
  for (;;) {
    let alive = false
    for (const name of await readdir(dirname(folder))) {
      if (!name.startsWith(`${basename(folder)}${BUILDING}`)) continue
      const partial = join(dirname(folder), name)
      const age = await ageOf(partial)
      if (age === undefined) continue
      if (age < DEAD_AFTER_MS) alive = true
      else await rm(partial, { recursive: true, force: true })
    }
    if (!alive) return
    if (!told) log(`Waiting for another process that is building the Python environment for ${purpose}`)
    told = true
    await sleep(250)
  }
}

/** Milliseconds since the folder was touched, or nothing when it has gone meanwhile. */
async function ageOf(folder: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(folder)).mtimeMs
  } catch {
    return undefined
  }
}

async function build(
  python: Python,
  requirements: string,
  folder: string,
  { purpose, megabytes }: PythonEnvironment,
  stamp: string,
  log: (line: string) => void,
): Promise<void> {
  const partial = `${folder}${BUILDING}${randomUUID()}`
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(partial, now, now).catch(() => {})
  }, HEARTBEAT_MS)
  try {
    await mkdir(partial)
    await stream(python.command, ['-m', 'venv', partial], log)
    const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--only-binary=:all:', '--no-compile']
    await stream(interpreterOf(partial), [...install, '-r', requirements], (line) => {
      // One line for each pin of another Python version.
      if (!line.startsWith('Ignoring ')) log(line)
    })
    await writeFile(join(partial, STAMP), stamp)
    await moveIntoPlace(partial, folder, stamp)
  } catch (error) {
    throw environmentError(
      `The Python environment for ${purpose} could not be built (${messageOf(error)}): check the network, and that about ` +
        `${megabytes + 100} MB of disk are free, then run the command again.`,
    )
  } finally {
    clearInterval(heartbeat)
    await rm(partial, { recursive: true, force: true })
  }
}

/** The interpreter finds its packages beside itself, so an environment may be renamed; pip's own scripts may not. */
async function moveIntoPlace(partial: string, folder: string, stamp: string): Promise<void> {
  // Another process may have been quicker, and be at work with its own already.
  if (await isBuilt(folder, stamp)) return
  // An outdated environment is renamed before it is removed, so that no half-removed one ever stands in its place.
  const outdated = `${partial}-outdated`
  try {
    await rename(folder, outdated)
  } catch {
    // There was none.
  }
  try {
    await rename(partial, folder)
  } catch (error) {
    if (!(await isBuilt(folder, stamp))) throw error
  } finally {
    await rm(outdated, { recursive: true, force: true })
  }
}

function interpreterOf(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
}

/**
 * Runs a Python script to its end.
 * @param onLine gets each line of stdout as it is written.
 * @param signal ends the script.
 * @throws LiverankError with the last line of stderr: UNUSABLE_DATA when the script refused what it was given (exit code 2),
 * PYTHON_ENVIRONMENT when it failed in any other way.
 */
export async function runPython(
  python: string,
  script: string,
  args: readonly string[],
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await stream(python, [script, ...args], onLine, signal)
  } catch (error) {
    if (error instanceof ChildFailure && error.exitCode === REFUSED) throw new LiverankError('UNUSABLE_DATA', error.message)
    throw error instanceof ChildFailure ? environmentError(error.message) : error
  }
}

/** A child process that ended badly, with the last line that it wrote to stderr. */
class ChildFailure extends Error {
  readonly exitCode: number | null
  constructor(message: string, exitCode: number | null) {
    super(message)
    this.exitCode = exitCode
  }
}

async function capture(command: string, args: readonly string[]): Promise<string> {
  const lines: string[] = []
  await stream(command, args, (line) => lines.push(line))
  return lines.join('\n').trim()
}

/** Resolves when the command ends with code 0 and all its lines are handed on; rejects with ChildFailure otherwise. */
async function stream(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const env = { ...process.env, PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' }
  // Either would let packages from elsewhere in.
  Reflect.deleteProperty(env, 'PYTHONPATH')
  Reflect.deleteProperty(env, 'PYTHONHOME')
  // Images often set it, and every command would then spend three of its four seconds compiling the packages again.
  Reflect.deleteProperty(env, 'PYTHONDONTWRITEBYTECODE')
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) })
  let lastWords = ''
  const ended = endOf(child)
  try {
    const [end] = await Promise.all([
      ended,
      eachLine(child.stdout, onLine),
      eachLine(child.stderr, (line) => {
        if (line.trim() !== '') lastWords = line.trim()
      }),
    ])
    if (end.code === 0) return
    const reason = end.signal === null ? `it ended with code ${end.code}` : `it was ended by ${end.signal}`
    throw new ChildFailure(lastWords === '' || end.signal !== null ? reason : lastWords, end.code)
  } catch (error) {
    // When `onLine` throws, nobody reads on, and the child would wait forever with a full pipe.
    child.kill()
    throw error
  }
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  try {
    await once(child, 'close')
  } catch (error) {
    throw new ChildFailure(messageOf(error), null)
  }
  return { code: child.exitCode, signal: child.signalCode }
}

async function eachLine(source: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) onLine(line)
}

function environmentError(message: string): LiverankError {
  return new LiverankError('PYTHON_ENVIRONMENT', message)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
