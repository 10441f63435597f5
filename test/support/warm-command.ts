import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import { bundledProgram } from './built-command.ts'
import type { Ended } from './command.ts'

const ended = z.object({ id: z.number(), code: z.number(), out: z.string(), errors: z.string() })

interface Program {
  readonly process: ChildProcess
  readonly died: Promise<never>
}

let program: Program | undefined
let last: Promise<unknown> = Promise.resolve()
let asked = 0

/**
 * Runs `liverank` as that of command.ts does, in a process that is kept for all such commands, since most of what a process of its own
 * takes is to load. For commands that look at something, or refuse, and end: one that leaves something running would do so for the next.
 */
export function liverank(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const answer = last.then(() => ask(args, settings))
  last = answer.catch(() => {})
  return answer
}

/** What `liverank` says that refuses its arguments, settings or files. */
export const refused = liverank

/** As what `liverank serve` ends with these settings, beside the defaults, which do not let it start. */
export function refusedToServe(settings: Readonly<Record<string, string>>): Promise<Ended> {
  return liverank(['serve'], { PORT: '0', MODEL: '', ...settings })
}

function start(env: Readonly<Record<string, string>>): Program {
  const child = fork(bundledProgram('warm-commands'), { execArgv: [], env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the program that runs commands has ended')))
  // It may end when nobody asks any more.
  died.catch(() => {})
  return { process: child, died }
}

async function ask(args: readonly string[], settings: Readonly<Record<string, string>>): Promise<Ended> {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env
  program ??= start({ PATH, HOME, TMPDIR })
  const id = ++asked
  const answered = new Promise((resolve) => program!.process.once('message', resolve))
  program.process.send({ id, args, env: { PATH, HOME, TMPDIR, ...settings } })
  const { id: of, ...rest } = ended.parse(await Promise.race([answered, program.died]))
  if (of !== id) throw new Error(`the program answered command ${of} instead of ${id}`)
  return rest
}
