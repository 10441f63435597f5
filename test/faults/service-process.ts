import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { EventInput } from '../../src/events/validate-event.ts'
import type { Answer } from '../support/answer.ts'
import { bundledProgram } from '../support/built-command.ts'
import type { Target } from '../support/event-load.ts'
import { endWithThisProcess } from '../support/redis-server.ts'

/** How long a client waits for an answer of a process that stands still before it asks somebody else, in ms. One that runs answers. */
const CLIENT_PATIENCE_MS = 1500

const reply = z.object({
  id: z.number(),
  answers: z.array(z.object({ status: z.enum(['RECORDED', 'DUPLICATE', 'UNAVAILABLE', 'REJECTED']), version: z.number() })),
})

/** A service in a process of its own, which ends with the running test if not before. */
export class ServiceProcess implements Target {
  readonly process: ChildProcess
  readonly #waiting = new Map<number, { resolve(answers: Answer[]): void; reject(error: Error): void }>()
  #asked = 0
  #isPaused = false

  private constructor(child: ChildProcess) {
    this.process = child
    child.on('message', (message) => {
      if (message === 'ready') return
      const { id, answers } = reply.parse(message)
      this.#waiting.get(id)?.resolve(answers)
    })
    // Replies that it had sent come before this.
    child.once('close', () => this.#giveUp())
    child.on('error', () => this.#giveUp())
  }

  /** Resolves when it records. @param settings by the names of the environment's variables */
  static async start(settings: Record<string, string>): Promise<ServiceProcess> {
    const { PATH = '' } = process.env
    const child = fork(bundledProgram('recording-service'), [JSON.stringify(settings)], { execArgv: [], env: { PATH } })
    const started = new ServiceProcess(child)
    onTestFinished(() => started.kill())
    const endGuard = endWithThisProcess(child.pid!)
    child.once('exit', endGuard)
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the service ended before it was ready'))),
    ])
    return started
  }

  /** @throws when it ends before it answers, or stands still for longer than a client waits: then nobody knows what became of the events */
  record(inputs: readonly EventInput[]): Promise<Answer[]> {
    const id = ++this.#asked
    const answered = new Promise<Answer[]>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    if (this.#isPaused) this.#giveUpLater(id)
    if (this.process.connected) this.process.send({ id, inputs }, () => {})
    else this.#giveUp()
    return answered.finally(() => this.#waiting.delete(id))
  }

  /** SIGKILL; resolves when it has ended. */
  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.process
    if (exitCode !== null || signalCode !== null) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await ended
  }

  /** SIGSTOP: it stands still, with its connections open. */
  pause(): void {
    this.process.kill('SIGSTOP')
    this.#isPaused = true
    for (const id of this.#waiting.keys()) this.#giveUpLater(id)
  }

  /** SIGCONT: it goes on where it stood. */
  goOn(): void {
    this.#isPaused = false
    this.process.kill('SIGCONT')
  }

  #giveUpLater(id: number): void {
    setTimeout(() => this.#waiting.get(id)?.reject(new Error('no answer in time')), CLIENT_PATIENCE_MS)
  }

  #giveUp(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('the service has ended'))
  }
}
