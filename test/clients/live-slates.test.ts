import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RequestFailure, Slate, SlateRequest } from '../../clients/typescript/src/index.ts'
import { startServer } from '../../src/server/server.ts'
import { inSeconds } from '../server/authenticated-callers.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { itWhenLong } from '../support/long.ts'
import { asker, openTestService, serve, silent } from '../support/server.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'
import { Device } from './device.ts'
import { ScriptedService, slateMessage } from './scripted-service.ts'

const REQUEST: SlateRequest = { surface: 'home', first: 5, attributes: ['title'] }

/** What a subscription reports, in its order. */
class Reports<T> {
  readonly #arrived: T[] = []
  readonly #waiting: ((one: T) => void)[] = []

  readonly push = (one: T) => {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(one)
    else this.#arrived.push(one)
  }

  next(): Promise<T> {
    const one = this.#arrived.shift()
    return one === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(one)
  }

  get unread(): number {
    return this.#arrived.length
  }
}

function subscribe(device: Device, request = REQUEST) {
  const slates = new Reports<Slate>()
  const problems = new Reports<RequestFailure & { isFinal: boolean }>()
  const unsubscribe = device.client.subscribe(request, {
    onSlate: slates.push,
    onProblem: (problem, isFinal) => problems.push(Object.assign(problem, { isFinal })),
  })
  onTestFinished(unsubscribe)
  return { slates, problems, unsubscribe }
}

const idsOf = ({ items }: Slate) => items.map(({ item }) => item.itemId)

const UPSERT = 'mutation ($items: [ItemInput!]!) { upsertItems(input: { items: $items }) { ... on UpsertPayload { accepted } } }'
const ITEMS = ['mug', 'cup', 'pot'].map((itemId) => ({ itemId, attributes: { title: `<b>${itemId}</b>` } }))

onEachStoreWhenLong('a subscription', (open) => {
  const opened = async () => {
    const service = await open()
    await asker(service)(UPSERT, { items: ITEMS })
    return service
  }

  it('brings a slate at once, and after an event one that reflects it', async () => {
    const { url } = await serve(await opened())
    const arrived: Slate[] = []
    const device = new Device({ url, onSlate: (slate) => arrived.push(slate) })
    const { slates } = subscribe(device)
    const first = await slates.next()
    expect(first).toMatchObject({ trigger: 'INITIAL' })
    expect(first.items.map(({ item }) => item.attributes.title)).toContain('<b>mug</b>')
    const itemId = idsOf(first).at(-1)!
    await device.client.recordEvent({ eventType: 'purchase', itemId, recommendationId: first.recommendationId })
    await device.client.flush()
    const second = await slates.next()
    expect(second.version).toBeGreaterThanOrEqual(device.outcomes[0].userVersion!)
    expect(second.trigger).toBe('EVENT')
    expect(arrived).toEqual([first, second])
  })

  it('goes on after a restart of the service, and gets no slate that it has already', async () => {
    const service = await opened()
    const first = await serve(service)
    const port = Number(new URL(first.url).port)
    const device = new Device({ url: first.url })
    const { slates, problems } = subscribe(device)
    const before = await slates.next()
    await first.close()
    expect(await problems.next()).toMatchObject({ code: 'UNREACHABLE', isFinal: false })
    for (const wait of [375, 750, 1500]) {
      expect(device.clock.waits).toContain(wait)
      device.clock.pass(wait)
      expect(await problems.next()).toMatchObject({ code: 'UNREACHABLE', isFinal: false })
    }
    const second = await startServer(service, { host: '127.0.0.1', port, graphiql: false, logger: silent })
    onTestFinished(() => second.close())
    await device.client.wake()
    const itemId = idsOf(before).at(-1)!
    const other = subscribe(device)
    await other.slates.next()
    expect(slates.unread).toBe(0)
    await device.client.recordEvent({ eventType: 'add_to_cart', itemId })
    await device.client.flush()
    const after = await slates.next()
    expect(idsOf(after)).not.toEqual(idsOf(before))
  })

  it('begins without a slate if the one on screen is still right', async () => {
    const { url } = await serve(await opened())
    const device = new Device({ url })
    const { slates, unsubscribe } = subscribe(device)
    const first = await slates.next()
    unsubscribe()
    const again = subscribe(device, { ...REQUEST, unless: first.recommendationId })
    await device.client.recordEvent({ eventType: 'purchase', itemId: idsOf(first).at(-1)! })
    await device.client.flush()
    const next = await again.slates.next()
    expect(idsOf(next)).not.toEqual(idsOf(first))
    expect(slates.unread).toBe(0)
  })
})

describe('the token of a subscription', () => {
  it('is renewed when it expires', async () => {
    // Not before the first slate, however busy the machine is.
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
    const asked: (string | undefined)[] = []
    const brief = await deviceToken('ana', { exp: inSeconds(60) })
    const token = ({ refused }: { refused: string | undefined }) => {
      asked.push(refused)
      return refused === undefined ? brief : deviceToken('ana')
    }
    const device = new Device({ url, token })
    const { slates, problems } = subscribe(device)
    const first = await slates.next()
    await vi.advanceTimersByTimeAsync(70_000)
    expect(await problems.next()).toMatchObject({ code: 'UNAUTHENTICATED', isFinal: false })
    device.clock.pass(375)
    await device.client.recordEvent({ eventType: 'view', itemId: 'mug' })
    await device.client.flush()
    expect(device.outcomes).toMatchObject([{ status: 'RECORDED' }])
    expect(first.trigger).toBe('INITIAL')
    expect(asked.slice(0, 2)).toEqual([undefined, brief])
  })

  it('may be refused while the app closes the client', async () => {
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
    const device = new Device({ url, token: () => 'no token at all' })
    subscribe(device)
    device.client.close()
    await expect(post(url, '{ __typename }', {}, await deviceToken('ana'))).resolves.toMatchObject({ data: {} })
  })

  it('of another user ends it for good, with an error that says why', async () => {
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
    const device = new Device({ url, token: () => deviceToken('ben') })
    const { problems } = subscribe(device)
    expect(await problems.next()).toMatchObject({ code: 'FORBIDDEN', isFinal: true })
    expect(device.clock.waits).toEqual([])
  })
})

describe('a subscription to a service with rare failures', () => {
  it('drops slates that are older than the latest one, unless versions begin anew', async () => {
    const service = await ScriptedService.start()
    const { slates } = subscribe(new Device({ url: service.url }))
    const stream = await service.subscribed()
    const later = { generatedAt: '2026-11-28T10:00:01.000Z' }
    for (const message of [
      slateMessage('a', 5, { trigger: 'INITIAL' }),
      slateMessage('stale', 4),
      slateMessage('b', 7),
      slateMessage('stale', 6, later),
      slateMessage('c', 7, later),
      slateMessage('stale', 7),
      slateMessage('d', 2, { trigger: 'RESYNC' }),
      slateMessage('e', 3),
      slateMessage('f', 1, { trigger: 'ERASED' }),
    ])
      stream.send('next', message)
    const shown: string[] = []
    while (shown.at(-1) !== 'f') shown.push((await slates.next()).recommendationId)
    expect(shown).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('names the latest slate when it connects again, and waits longer with each failure', async () => {
    const service = await ScriptedService.start()
    const device = new Device({ url: service.url })
    const { slates, problems } = subscribe(device, { ...REQUEST, unless: 'kept-by-the-app' })
    const first = await service.subscribed()
    expect(first.variables).toMatchObject({ unless: 'kept-by-the-app', input: { userId: 'ana', surface: 'home', first: 5 } })
    first.send('next', slateMessage('a', 1))
    await slates.next()
    first.cut()
    for (const wait of [375, 750, 1500, 3000]) {
      await problems.next()
      expect(device.clock.waits).toContain(wait)
      device.clock.pass(wait)
      const next = await service.subscribed()
      expect(next.variables.unless).toBe('a')
      next.cut()
    }
    await problems.next()
    device.clock.pass(60_000)
    const last = await service.subscribed()
    last.send('next', slateMessage('b', 2))
    await slates.next()
    last.cut()
    await problems.next()
    expect(device.clock.waits).toContain(375)
  })

  itWhenLong('connects again if the service no longer answers a ping, or the first message', async () => {
    const service = await ScriptedService.start()
    const device = new Device({ url: service.url })
    const { problems } = subscribe(device)
    await service.subscribed()
    service.isSilent = true
    // The client pings after 20 s of real time.
    await expect.poll(() => device.clock.waits).toContain(10_000)
    device.clock.pass(10_000)
    expect(await problems.next()).toMatchObject({ isFinal: false })
    device.clock.pass(375)
    expect(await problems.next()).toMatchObject({ isFinal: false })
    service.isSilent = false
    device.clock.pass(750)
    await service.subscribed()
  })

  it('waits as long as the service says', async () => {
    const service = await ScriptedService.start()
    const device = new Device({ url: service.url })
    const { problems } = subscribe(device)
    const extensions = { code: 'RATE_LIMITED', retryAfterMs: 120_000 }
    ;(await service.subscribed()).send('error', [{ message: 'Too many operations.', extensions }])
    expect(await problems.next()).toMatchObject({ code: 'RATE_LIMITED', isFinal: false })
    expect(device.clock.waits).toContain(120_000)
    device.clock.pass(120_000)
    await service.subscribed()
  })

  it('shows a new token after each close code about tokens', async () => {
    const service = await ScriptedService.start()
    let made = 0
    const tokens: string[] = []
    const token = ({ refused }: { refused: string | undefined }) => {
      if (tokens.length === 0 || refused !== undefined) tokens.push(`token-${++made}`)
      return tokens.at(-1)!
    }
    const device = new Device({ url: service.url, token })
    const { problems } = subscribe(device)
    for (const code of [4440, 4401]) {
      const stream = await service.subscribed()
      expect(stream.credentials).toEqual({ Authorization: `Bearer token-${made}` })
      stream.close(code)
      expect(await problems.next()).toMatchObject({ code: 'UNAUTHENTICATED', isFinal: false })
      device.clock.pass(60_000)
    }
    expect((await service.subscribed()).credentials).toEqual({ Authorization: 'Bearer token-3' })
  })

  it.each([
    [
      'a refusal that would come again',
      (stream: { send(type: 'error', payload: unknown): void }) =>
        stream.send('error', [{ message: 'first is too large', extensions: { code: 'BAD_USER_INPUT' } }]),
      'BAD_USER_INPUT',
    ],
    [
      'a close code that says that the client is wrong',
      (stream: { close(code: number): void }) => stream.close(4400),
      'BAD_REQUEST',
    ],
  ])('ends for good after %s', async (_, refuse, code) => {
    const service = await ScriptedService.start()
    const device = new Device({ url: service.url })
    const { problems } = subscribe(device)
    refuse(await service.subscribed())
    expect(await problems.next()).toMatchObject({ code, isFinal: true })
    expect(device.clock.waits).toEqual([])
  })

  it('ends on the service when the app ends it, and brings nothing more', async () => {
    const service = await ScriptedService.start()
    const device = new Device({ url: service.url })
    const [ended, other] = [subscribe(device), subscribe(device)]
    const streams = [await service.subscribed(), await service.subscribed()]
    for (const stream of streams) stream.send('next', slateMessage('a', 1))
    await Promise.all([ended.slates.next(), other.slates.next()])
    ended.unsubscribe()
    for (const stream of streams) stream.send('next', slateMessage('b', 2))
    expect(await other.slates.next()).toMatchObject({ recommendationId: 'b' })
    expect(ended.slates.unread).toBe(0)
    expect(await service.firstEnded).toBe(streams[0].id)
  })
})
