import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'

/** What an image runs with. */
export interface Image {
  /** Folder that stands for `/`. */
  readonly root: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
}

interface Instruction {
  readonly name: string
  readonly rest: string
}

interface Stage {
  readonly root: string
  workdir: string
  readonly env: Record<string, string>
  entrypoint: string[]
  cmd: string[]
}

/** Folders of a container that steps name by absolute paths; system folders stay those of this machine. */
const IN_IMAGE = /(?<![\w.])\/(?=app\b|data\b|work\b|usr\/local\/bin\b)/g

/**
 * Runs the steps of a Dockerfile in folders, without Docker. Nothing is isolated: a step sees this machine's programs.
 * @param context folder that COPY copies from
 * @param scratch folder for the stages
 * @param file path of the Dockerfile in the context
 * @param run what runs a step instead of a shell; undefined for those that it leaves to the shell
 */
export async function buildImage(
  context: string,
  scratch: string,
  run: (command: string, folder: string) => Promise<boolean> | undefined,
  file = 'Dockerfile',
): Promise<Image> {
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined
  for (const { name, rest } of instructionsOf(await readFile(join(context, file), 'utf8'))) {
    if (name === 'FROM') {
      stage = { root: join(scratch, `stage-${stages.size}`), workdir: '/', env: {}, entrypoint: [], cmd: [] }
      await mkdir(join(stage.root, 'usr/local/bin'), { recursive: true })
      stages.set(/ AS (\S+)$/i.exec(rest)?.[1] ?? 'final', stage)
    } else if (stage) await take({ name, rest }, stage, { stages, context, run })
  }
  if (!stage) throw new Error('the Dockerfile has no stage')
  return stage
}

async function take(
  { name, rest }: Instruction,
  stage: Stage,
  { stages, context, run }: { stages: ReadonlyMap<string, Stage>; context: string; run: Parameters<typeof buildImage>[2] },
): Promise<void> {
  const folder = join(stage.root, stage.workdir)
  if (name === 'WORKDIR') {
    stage.workdir = rest
    await mkdir(join(stage.root, rest), { recursive: true })
  } else if (name === 'ENV') {
    for (const [, key, value] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = value.replace(IN_IMAGE, `${stage.root}/`)
  } else if (name === 'COPY') {
    const [, from, paths] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? []
    const source = from === undefined ? context : (stages.get(from)?.root ?? '')
    const names = paths.split(' ')
    const target = resolve(folder, names.pop() ?? '')
    for (const path of names)
      await copy(
        join(source, path),
        names.length > 1 || paths.endsWith('/') ? join(target, basename(path)) : target,
        from === undefined ? 'context' : 'stages',
      )
  } else if (name === 'RUN') {
    const command = rest.replace(IN_IMAGE, `${stage.root}/`)
    if (!(await run(command, folder))) await shell(command, folder, stage.env)
  } else if (name === 'ENTRYPOINT') stage.entrypoint = JSON.parse(rest)
  else if (name === 'CMD') stage.cmd = JSON.parse(rest)
  else if (!['USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK'].includes(name)) throw new Error(`${name} is not known here`)
}

/** Between stages files are linked, which is quick: no step changes the content of one that another stage made. */
async function copy(from: string, to: string, between: 'context' | 'stages'): Promise<void> {
  if (between === 'context') await cp(from, to, { recursive: true, verbatimSymlinks: true })
  else await promisify(execFile)('cp', ['-al', from, to])
}

async function shell(command: string, folder: string, env: Record<string, string>): Promise<void> {
  const { PATH = '' } = process.env
  // Who owns a file is of no matter here, and this machine has no user named node.
  const script = `chown() { :; }; ${command}`
  const child = spawn('sh', ['-ec', script], {
    cwd: folder,
    env: { ...process.env, ...env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${(await said).join('\n')}`)
}

function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => ({ name: line.split(' ', 1)[0], rest: line.slice(line.indexOf(' ') + 1).trim() }))
}
