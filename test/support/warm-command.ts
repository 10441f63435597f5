import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import { builtProgram } from './built-command.ts'
import type { Ended } from './command.ts'

const ended = z.object({ id: z.number(), code: z.number(), out: z.string(), errors: z.string() })

let program: ChildProcess | undefined
let last: Promise<unknown> = Promise.resolve()
let asked = 0

/**
 * What `liverank` says that refuses its arguments, settings or files: as `liverank` of command.ts, in a process that is kept for all
 * such commands, since most of what a process of its own takes is to load.
 */
export function refused(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const answer = last.then(() => ask(args, settings))
  last = answer.catch(() => {})
  return answer
}

async function ask(args: readonly string[], settings: Readonly<Record<string, string>>): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env
  program ??= fork(builtProgram('warm-commands'), {
    execArgv: [],
    env: { PATH, HOME },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const id = ++asked
  const answered = once(program, 'message')
  const died = once(program, 'exit').then(() => Promise.reject(new Error('the program that runs commands has ended')))
  program.send({ id, args, env: { PATH, HOME, ...settings } })
  const [message] = await Promise.race([answered, died])
  const { id: of, ...rest } = ended.parse(message)
  if (of !== id) throw new Error(`the program answered command ${of} instead of ${id}`)
  return rest
}
