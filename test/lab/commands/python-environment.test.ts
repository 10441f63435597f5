import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ensurePython, runPython } from '../../../lab/commands/python-environment.ts'

// A whole environment takes a few seconds to build, though without packages.
const TIMEOUT = 60_000

let root: string
let lines: string[]
const log = (line: string) => lines.push(line)

/** The repository of a test: what is asked for needs no network. */
async function writeRequirements(text: string): Promise<void> {
  await mkdir(join(root, 'training'), { recursive: true })
  await writeFile(join(root, 'training', 'requirements.txt'), text)
}

/** A command that stands in for Python. */
async function writePython(body: string): Promise<void> {
  const path = join(root, 'python')
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  vi.stubEnv('PYTHON', path)
}

async function environments(): Promise<string[]> {
  return (await readdir(root)).filter((name) => name.startsWith('.venv'))
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'liverank-python-'))
  lines = []
  await writeRequirements('# nothing\n')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true, force: true })
})

describe('ensurePython', () => {
  it('builds an environment once, whole, and again when the requirements change', { timeout: TIMEOUT }, async () => {
    const [python, same] = await Promise.all([ensurePython(log, root), ensurePython(log, root)])
    expect(same).toBe(python)
    expect(python).toBe(join(root, '.venv-training', 'bin', 'python'))
    expect(lines.filter((line) => line.startsWith('Building'))).toHaveLength(1)
    expect(await environments()).toEqual(['.venv-training'])

    const found: string[] = []
    await writeFile(join(root, 'where.py'), 'import sys, pip\nprint(sys.prefix)\n')
    await runPython(python, join(root, 'where.py'), [], (line) => found.push(line))
    expect(found).toEqual([join(root, '.venv-training')])

    lines = []
    const made = (await stat(join(root, '.venv-training'))).ino
    expect(await ensurePython(log, root)).toBe(python)
    expect(lines).toEqual([])
    expect((await stat(join(root, '.venv-training'))).ino).toBe(made)

    await writeRequirements('# nothing, in other words\n')
    await ensurePython(log, root)
    expect((await stat(join(root, '.venv-training'))).ino).not.toBe(made)
    expect(await environments()).toEqual(['.venv-training'])
  })

  it('leaves nothing behind when packages cannot be installed', { timeout: TIMEOUT }, async () => {
    await writeRequirements('./absent.whl\n')
    await expect(ensurePython(log, root)).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT',
      message: expect.stringMatching(/could not be built \(.*absent.whl.*\): check the network/),
    })
    expect(await environments()).toEqual([])
  })

  it('takes no environment for whole that has no stamp, and clears away dead builds', { timeout: TIMEOUT }, async () => {
    await mkdir(join(root, '.venv-training'))
    const dead = join(root, '.venv-training.building-dead')
    await mkdir(dead)
    await utimes(dead, new Date(0), new Date(0))
    const python = await ensurePython(log, root)
    await writeFile(join(root, 'fine.py'), 'print("fine")\n')
    await runPython(python, join(root, 'fine.py'), [], log)
    expect(lines.at(-1)).toBe('fine')
    expect(await environments()).toEqual(['.venv-training'])
  })

  it('waits for the build of another process, and takes it', { timeout: TIMEOUT }, async () => {
    const python = await ensurePython(log, root)
    const stamp = await readFile(join(root, '.venv-training', 'liverank-stamp'), 'utf8')
    await rm(join(root, '.venv-training', 'liverank-stamp'))
    const building = join(root, '.venv-training.building-other')
    await mkdir(building)
    lines = []
    const waiting = ensurePython(async (line) => {
      lines.push(line)
      await writeFile(join(root, '.venv-training', 'liverank-stamp'), stamp)
      await rm(building, { recursive: true })
    }, root)
    expect(await waiting).toBe(python)
    expect(lines).toEqual([expect.stringContaining('another process that is building')])
  })

  it('says which version it needs when Python is too old', async () => {
    await writePython('echo 3.8.19')
    await expect(ensurePython(log, root)).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT',
      message: expect.stringMatching(/needs Python 3\.9 or later, and ".*python" is 3\.8\.19: install .*apt-get install python3/),
    })
    await writePython('echo 2.7.18')
    await expect(ensurePython(log, root)).rejects.toThrow(/is 2\.7\.18/)
  })

  it('says how to get Python when there is none', async () => {
    vi.stubEnv('PYTHON', join(root, 'no-python'))
    await expect(ensurePython(log, root)).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT',
      message: expect.stringMatching(/no-python" does not run .*: install Python 3\.9 or later/),
    })
  })

  it('says how to get the venv module when it is missing', async () => {
    await writePython(`case "$2" in *version_info*) echo 3.11.2;; *) echo "No module named 'ensurepip'" >&2; exit 1;; esac`)
    await expect(ensurePython(log, root)).rejects.toMatchObject({
      code: 'PYTHON_ENVIRONMENT',
      message: expect.stringMatching(/^Python 3\.11\.2 lacks the venv module.*apt-get install python3-venv/),
    })
    expect(await environments()).toEqual([])
  })
})

describe('runPython', () => {
  const run = async (script: string, args: string[] = [], onLine: (line: string) => void = log) => {
    await writeFile(join(root, 'script.py'), script)
    await runPython('python3', join(root, 'script.py'), args, onLine)
  }

  it('hands on the lines of stdout, and the arguments', async () => {
    await run('import sys\nprint("first")\nprint("a warning", file=sys.stderr)\nprint(*sys.argv[1:], "é", end="")', [
      '--out',
      'x y',
    ])
    expect(lines).toEqual(['first', '--out x y é'])
  })

  it('hands on each line while the script is still running', async () => {
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

  it('stops the script when its lines are not wanted', async () => {
    const endless = run('while True: print("on and on")', [], () => {
      throw new Error('enough')
    })
    await expect(endless).rejects.toThrow('enough')
  })
})
