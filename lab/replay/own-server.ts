import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { LiverankError } from '../../src/errors.ts'
import { atProcessEnd } from '../at-process-end.ts'

/** A server in a process of its own, on loopback, on the clock of the events. */
export interface OwnServer {
  /** ws://127.0.0.1:…/graphql */
  readonly url: string
  readonly pid: number
  /** Process ids of its workers; none if it serves itself. */
  readonly workers: readonly number[]
  stop(): Promise<void>
}

const line = z.looseObject({ msg: z.string().optional(), url: z.string().optional(), workers: z.array(z.number()).optional() })

/** The service, run as this program itself is run. */
const SAME = [
  ...process.execArgv,
  fileURLToPath(new URL(`../../src/commands/main${extname(import.meta.filename)}`, import.meta.url)),
  'serve',
]

/** @param settings of the environment, beside the defaults @param program arguments for node @throws LiverankError CONFIGURATION with what it said when it did not start */
export async function startOwnServer(settings: Record<string, string>, program = SAME): Promise<OwnServer> {
  const { PATH = '' } = process.env
  const server = spawn(process.execPath, program, {
    // Nobody in a log can have clicked what was drawn for them now.
    env: { PATH, PORT: '0', CLOCK: 'events', EXPLORATION: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // At once: nothing that it holds is wanted any more.
  const withdraw = atProcessEnd(() => server.kill('SIGKILL'))
  const ended = once(server, 'exit').finally(withdraw)
  const errors = text(server.stderr)
  const lines = createInterface({ input: server.stdout })
  const ready = program.includes('--workers') ? 'all workers serve' : 'serving'
  let url: string | undefined
  let workers: readonly number[] = []
  for await (const logged of lines) {
    const said = line.parse(JSON.parse(logged))
    if (said.msg !== ready) continue
    ;({ url, workers = [] } = said)
    break
  }
  if (url === undefined) throw new LiverankError('CONFIGURATION', `The server did not start:\n${await errors}`)
  // What it says from here on must not fill the pipe.
  server.stdout.resume()
  return {
    url: url.replace(/^http/, 'ws'),
    pid: server.pid!,
    workers,
    stop: async () => {
      server.kill('SIGTERM')
      await ended
    },
  }
}
