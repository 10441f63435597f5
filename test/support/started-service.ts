import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { LIVERANK } from './built-command.ts'

const logLine = z.looseObject({
  msg: z.string().optional(),
  url: z.string().optional(),
  healthPort: z.number().optional(),
  metricsPort: z.number().optional(),
  items: z.number().optional(),
  events: z.number().optional(),
})
type LogLine = z.infer<typeof logLine>

/** The service as it is started: a process of its own, with these settings beside the defaults. */
export class StartedService {
  readonly log: LogLine[] = []
  readonly process: ChildProcess
  readonly errors: Promise<string>
  readonly #read: AsyncIterator<string>

  /**
   * @param command of the service, or of the demo: what runs it
   * @param elsewhere another program than the one that is built here, by name or path, and its folder. It gets the settings alone.
   */
  constructor(
    settings: Record<string, string>,
    command: readonly string[] = [LIVERANK, 'serve'],
    elsewhere?: { readonly program: string; readonly cwd: string },
  ) {
    const { PATH = '' } = process.env
    const env = elsewhere ? settings : { PATH, PORT: '0', MODEL: '', ...settings }
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
    this.process = spawn(elsewhere?.program ?? process.execPath, command, { env, stdio, cwd: elsewhere?.cwd })
    // It may write into its folders until it has ended.
    onTestFinished(async () => void (await this.stop('SIGKILL')))
    this.errors = text(this.process.stderr!)
    this.#read = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]()
  }

  /** Reads the log until a line says this. @throws when the process ends before */
  async says(message: string): Promise<LogLine> {
    for (;;) {
      const { done, value } = await this.#read.next()
      if (done) throw new Error(`It ended without saying "${message}":\n${await this.errors}`)
      const line = logLine.parse(JSON.parse(value))
      this.log.push(line)
      if (line.msg === message) return line
    }
  }

  /** Where it serves. */
  async serving(): Promise<string> {
    const { url } = await this.says('serving')
    return z.string().parse(url).replace('0.0.0.0', '127.0.0.1')
  }

  /** Its exit code, or the signal that ended it. */
  async ended(): Promise<number | string> {
    const { exitCode, signalCode } = this.process
    if (exitCode !== null) return exitCode
    if (signalCode !== null) return signalCode
    const [code, signal] = await once(this.process, 'exit')
    return code ?? signal
  }

  stop(signal: NodeJS.Signals): Promise<number | string> {
    this.process.kill(signal)
    return this.ended()
  }
}
