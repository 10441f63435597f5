import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ensurePython, runPython } from '../../../lab/commands/python-environment.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'

// A whole environment takes a few seconds to build, though without packages.
const TIMEOUT = 60_000

let root: string
let lines: string[]
const log = (line: string) => lines.push(line)

/** The repository of a test: what is asked for needs no network. */
async function newRoot(): Promise<string> {
  const made = scratchDirectory()
  await mkdir(join(made, 'training'))
  await writeRequirements('# nothing\n', made)
  return made
}

function writeRequirements(text: string, of: string): Promise<void> {
  return writeFile(join(of, 'training', 'requirements.txt'), text)
}

/** A command that stands in for Python. */
async function writePython(body: string): Promise<void> {
  const path = join(root, 'python')
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  vi.stubEnv('PYTHON', path)
}

async function environmentsIn(home: string): Promise<string[]> {
  return (await readdir(home)).filter((name) => name.startsWith('.venv'))
}

beforeEach(async () => {
  root = await newRoot()
  lines = []
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true, force: true })
})

describe('an environment', () => {
  let home: string
  let python: string
  let told: readonly string[]

  // It takes seconds to build, so these share one, in this order.
  beforeAll(async () => {
    home = await newRoot()
    // What is here is not whole, since it has no stamp, and whoever began the other is dead.
    await mkdir(join(home, '.venv-training'))
    const dead = join(home, '.venv-training.building-dead')
    await mkdir(dead)
    await utimes(dead, new Date(0), new Date(0))
    lines = []
    const [first, second] = await Promise.all([ensurePython(log, { root: home }), ensurePython(log, { root: home })])
    expect(second).toBe(first)
    python = first
    told = lines
  }, TIMEOUT)

  afterAll(() => rm(home, { recursive: true, force: true }))

  it('is built once for all simultaneous callers, and replaces an incomplete one', async () => {
    expect(python).toBe(join(home, '.venv-training', 'bin', 'python'))
    expect(told.filter((line) => line.startsWith('Building'))).toHaveLength(1)
    expect(await environmentsIn(home)).toEqual(['.venv-training'])
    const found: string[] = []
    await writeFile(join(home, 'where.py'), 'import sys, pip\nprint(sys.prefix)\n')
    await runPython(python, join(home, 'where.py'), [], (line) => found.push(line))
    expect(found).toEqual([join(home, '.venv-training')])
  })

  it('is not changed if the requirements are the same', async () => {
    const made = (await stat(join(home, '.venv-training'))).ino
    expect(await ensurePython(log, { root: home })).toBe(python)
    expect(lines).toEqual([])
    expect((await stat(join(home, '.venv-training'))).ino).toBe(made)
  })

  it('that another process is building is waited for, and then used', { timeout: TIMEOUT }, async () => {
    const stamp = await readFile(join(home, '.venv-training', 'liverank-stamp'), 'utf8')
    await rm(join(home, '.venv-training', 'liverank-stamp'))
    const building = join(home, '.venv-training.building-other')
    await mkdir(building)
    const waiting = ensurePython(
      async (line) => {
        lines.push(line)
        await writeFile(join(home, '.venv-training', 'liverank-stamp'), stamp)
        await rm(building, { recursive: true })
      },
      { root: home },
    )
    expect(await waiting).toBe(python)
    expect(lines).toEqual([expect.stringContaining('another process that is building')])
  })

  describe('that exists already', () => {
    // To make one takes Python five seconds; where its packages go is then the same.
    beforeEach(() => writePython(`case "$*" in "-m venv "*) cp -a "${home}/.venv-training/." "$3";; *) exec python3 "$@";; esac`))

    it('is built again if the requirements change', { timeout: TIMEOUT }, async () => {
      const made = (await stat(join(home, '.venv-training'))).ino
      await writeRequirements('# nothing, in other words\n', home)
      await ensurePython(log, { root: home })
      expect((await stat(join(home, '.venv-training'))).ino).not.toBe(made)
      expect(await environmentsIn(home)).toEqual(['.venv-training'])
    })

    it('leaves nothing behind if its packages cannot be installed', { timeout: TIMEOUT }, async () => {
      await writeRequirements('./absent.whl\n', root)
      await expect(ensurePython(log, { root })).rejects.toMatchObject({
        code: 'PYTHON_ENVIRONMENT',
        message: expect.stringMatching(/could not be built \(.*absent.whl.*\): check the network/),
      })
      expect(await environmentsIn(root)).toEqual([])
    })
  })
})

describe('ensurePython', () => {
  it('says which version it needs when Python is too old', async () => {
    await writePython('echo 3.8.19')
    await expect(ensurePython(log, { root })).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT',
      message: expect.stringMatching(/needs Python 3\.9 or later, and ".*python" is 3\.8\.19: install .*apt-get install python3/),
    })
    await writePython('echo 2.7.18')
    await expect(ensurePython(log, { root })).rejects.toThrow(/is 2\.7\.18/)
  })

  it('says how to get Python when there is none', async () => {
    vi.stubEnv('PYTHON', join(root, 'no-python'))
    await expect(ensurePython(log, { root })).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT',
      message: expect.stringMatching(/no-python" does not run .*: install Python 3\.9 or later/),
    })
  })

  it('says how to get the venv module when it is missing', async () => {
    await writePython(`case "$2" in *version_info*) echo 3.11.2;; *) echo "No module named 'ensurepip'" >&2; exit 1;; esac`)
    await expect(ensurePython(log, { root })).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT',
      message: expect.stringMatching(/^Python 3\.11\.2 lacks the venv module.*apt-get install python3-venv/),
    })
    expect(await environmentsIn(root)).toEqual([])
  })
})

describe('runPython', () => {
  const run = async (script: string, args: string[] = [], onLine: (line: string) => void = log) => {
    await writeFile(join(root, 'script.py'), script)
    await runPython('python3', join(root, 'script.py'), args, onLine)
  }

  it('passes on the arguments, and the lines of stdout', async () => {
    await run('import sys\nprint("first")\nprint("a warning", file=sys.stderr)\nprint(*sys.argv[1:], "é", end="")', [
      '--out',
      'x y',
    ])
    expect(lines).toEqual(['first', '--out x y é'])
  })

  it('passes on each line while the script is still running', async () => {
    const file = join(root, 'seen')
    // The script ends well only when its first line has been seen before its end.
    const script = [
      'import pathlib, sys, time',
      'print("ready")',
      'end = time.monotonic() + 20',
      'while not pathlib.Path(sys.argv[1]).exists():',
      '    if time.monotonic() > end: sys.exit("nobody listens")',
    ].join('\n')
    let wrote: Promise<void> | undefined
    await run(script, [file], () => {
      wrote = writeFile(file, '')
    })
    await wrote
  })

  it('rejects with the last line of stderr, by its kind', async () => {
    const refused = run('import sys\nprint("noise\\nToo few rows: log more.\\n", file=sys.stderr)\nsys.exit(2)')
    await expect(refused).rejects.toMatchObject({ code: 'UNUSABLE_DATA', message: 'Too few rows: log more.' })
    await expect(run('raise ValueError("broken")')).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT',
      message: 'ValueError: broken',
    })
    await expect(run('import sys; sys.exit(3)')).rejects.toThrow('it ended with code 3')
    await expect(run('import os; os.kill(os.getpid(), 9)')).rejects.toThrow('it was ended by SIGKILL')
    await expect(runPython(join(root, 'nothing'), 'x.py', [], log)).rejects.toMatchObject({ code: 'PYTHON_ENVIRONMENT' })
  })

  it('stops the script when the caller wants no more lines', async () => {
    const endless = run('while True: print("on and on")', [], () => {
      throw new Error('enough')
    })
    await expect(endless).rejects.toThrow('enough')
  })
})
