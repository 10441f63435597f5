import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { residentMemory } from '../../bench/support/process-usage.ts'
import { LIVERANK } from '../support/built-command.ts'
import { endWithThisProcess } from '../support/redis-server.ts'
import { AUTHENTICATION } from './credentials.ts'

const ERROR = 50
const START_MS = 60_000

const logLine = z.looseObject({ level: z.number(), msg: z.string().optional(), url: z.string().optional() })

/** The service as it is started, in a process of its own, one after another on the same store. */
export class FuzzedService {
  /** Lines of level error or above, and what came on standard error, since somebody last looked. */
  readonly complaints: string[] = []
  url = ''
  readonly #settings: Record<string, string>
  #process: ChildProcess | undefined

  /** @param settings by the names of the environment's variables */
  constructor(settings: Record<string, string>) {
    this.#settings = settings
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** @returns ms until it served @throws when it ends before, or takes too long */
  async start(): Promise<number> {
    const began = performance.now()
    const { PATH = '' } = process.env
    const env = { PATH, PORT: '0', ORT_DISABLE_TELEMETRY: '1', ...AUTHENTICATION, ...this.#settings }
    const child = spawn(process.execPath, [LIVERANK, 'serve'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    child.once('exit', endWithThisProcess(child.pid!))
    const errors = createInterface({ input: child.stderr })
    errors.on('line', (line) => this.#complain(line))
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`it did not serve within ${START_MS} ms`)), START_MS)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const url = this.#read(line)
        if (url === undefined) return
        this.url = url
        clearTimeout(timer)
        resolve()
      })
      child.once('exit', (code, signal) => {
        clearTimeout(timer)
        reject(new Error(`it ended (${signal ?? code}) before it served: ${this.complaints.slice(-5).join('\n')}`))
      })
    })
    return performance.now() - began
  }

  /** @returns its exit code or the signal that ended it, after how many ms */
  async stop(signal: NodeJS.Signals, patienceMs: number): Promise<{ end: number | string; tookMs: number }> {
    const began = performance.now()
    const child = this.#process
    if (!child || !this.isRunning) return { end: child?.exitCode ?? child?.signalCode ?? 'never started', tookMs: 0 }
    const ended = once(child, 'exit')
    child.kill(signal)
    const given = new AbortController()
    const isOver = await Promise.race([
      ended.then(() => true),
      wait(patienceMs, false, { signal: given.signal }).catch(() => false),
    ])
    given.abort()
    if (!isOver) {
      child.kill('SIGKILL')
      await ended
    }
    return {
      end: isOver ? (child.exitCode ?? child.signalCode ?? '') : `not after ${patienceMs} ms`,
      tookMs: performance.now() - began,
    }
  }

  /** Resident memory in MB; undefined where the system does not say. */
  memory(): number | undefined {
    const { pid } = this
    if (pid === undefined) return undefined
    try {
      return residentMemory(pid) / 2 ** 20
    } catch {
      return undefined
    }
  }

  /** Lines of a stack belong to the message before them. */
  #complain(line: string): void {
    const last = this.complaints.length - 1
    if (/^(\s|\}|$)/.test(line) && last >= 0) this.complaints[last] += `\n${line}`
    else this.complaints.push(line)
  }

  /** @returns where it serves, once it says so */
  #read(line: string): string | undefined {
    const parsed = z
      .string()
      .transform((text, context) => {
        try {
          return JSON.parse(text) as unknown
        } catch {
          context.addIssue('no JSON')
          return z.NEVER
        }
      })
      .pipe(logLine)
      .safeParse(line)
    if (!parsed.success || parsed.data.level >= ERROR) this.complaints.push(line)
    return parsed.success && parsed.data.msg === 'serving' ? parsed.data.url : undefined
  }
}
