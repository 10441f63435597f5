import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { post } from '../support/graphql-client.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'

/** The example, as a reader starts it. */
class Example {
  readonly #process: ChildProcess
  readonly #errors: Promise<string>
  readonly #read: AsyncIterator<string>

  constructor(args: readonly string[], variables: Record<string, string> = {}) {
    const example = spawn(process.execPath, ['examples/live-slate.mjs', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...variables },
    })
    onTestFinished(() => void example.kill('SIGKILL'))
    this.#process = example
    this.#errors = text(example.stderr)
    this.#read = createInterface({ input: example.stdout })[Symbol.asyncIterator]()
  }

  /** Reads what it prints until a line fits. @throws when it ends before */
  async prints(pattern: RegExp): Promise<void> {
    for (;;) {
      const { done, value } = await this.#read.next()
      if (done) throw new Error(`The example ended before it printed ${pattern}:\n${await this.#errors}`)
      if (pattern.test(value)) return
    }
  }

  /** @throws when it ends */
  async ends(): Promise<never> {
    await once(this.#process, 'exit')
    throw new Error(`The example ended:\n${await this.#errors}`)
  }
}

/** Stands at a port in place of a service that is down: cuts connections, until so many came. */
async function cutConnections(port: number, count: number): Promise<void> {
  const server = createServer((connection) => connection.destroy()).listen(port, '127.0.0.1')
  for (let cut = 0; cut < count; cut++) await once(server, 'connection')
  server.close()
  await once(server, 'close')
}

it('prints a slate, the slate after each event, and continues when the service restarts', async () => {
  const settings = { DATA_DIR: await temporaryDirectory() }
  const first = new StartedService(settings)
  const url = await first.serving()
  const items =
    'mutation { upsertItems(input: { items: [{ itemId: "mug", attributes: { title: "Blue mug" } }] }) { ... on UpsertPayload { accepted } } }'
  expect(await post(url, items)).toEqual({ data: { upsertItems: { accepted: 1 } } })
  const { port } = new URL(url)
  const example = new Example(['ana'], { PORT: port })
  await example.prints(/^INITIAL/)
  await example.prints(/1\. Blue mug/)
  const view = 'mutation { recordEvent(input: { userId: "ana", itemId: "mug", eventType: "view" }) { __typename } }'
  await post(url, view)
  await example.prints(/^EVENT/)

  await first.stop('SIGTERM')
  await Promise.race([cutConnections(Number(port), 3), example.ends()])
  const second = new StartedService({ ...settings, PORT: port })
  await second.serving()
  await example.prints(/^INITIAL/)
  await post(url, view)
  await example.prints(/^EVENT/)
})

it('shows its token to a service that needs one', async () => {
  const service = new StartedService({ DATA_DIR: await temporaryDirectory(), JWT_SECRET })
  const url = (await service.serving()).replace(/^http/, 'ws')
  const example = new Example(['ana', url], { LIVERANK_TOKEN: await deviceToken('ana') })
  await example.prints(/^INITIAL/)
  const other = new Example(['ben', url], { LIVERANK_TOKEN: await deviceToken('ana') })
  await expect(other.prints(/^INITIAL/)).rejects.toThrow(/may not use Subscription.recommendations/)
})
