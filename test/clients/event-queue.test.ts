import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type AppEvent, memoryStorage, type QueueStorage } from '../../clients/typescript/src/index.ts'
import { OverloadedError } from '../../src/errors.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { openTestService, serve } from '../support/server.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'
import { Device, Network, recordedIds } from './device.ts'

const view = (eventId: string, more: Partial<AppEvent> = {}): AppEvent => ({ eventType: 'view', itemId: 'mug', eventId, ...more })

const LONG_WAIT_MS = 3_600_000
/** A message of a device may have this size. */
const MESSAGE_BYTES = 256 * 1024

onEachStoreWhenLong('the event queue', (open) => {
  const served = async () => {
    const service = await open()
    const { url } = await serve(service)
    const network = new Network(url)
    return { service, network, device: new Device({ url, fetch: network.fetch }) }
  }

  it('sends events in their order, and reports what the service did with each', async () => {
    const { service, device } = await served()
    const ids = await Promise.all(['a', 'b', 'c'].map((id) => device.client.recordEvent(view(id))))
    await device.client.flush()
    expect(ids).toEqual(['a', 'b', 'c'])
    expect(device.statuses).toEqual(['a RECORDED', 'b RECORDED', 'c RECORDED'])
    expect(device.outcomes[2]).toMatchObject({ counted: true, userVersion: expect.any(Number), message: null })
    expect(device.client.waitingEvents).toBe(0)
    expect(await recordedIds(service)).toEqual(['a', 'b', 'c'])
  })

  it('makes an id for an event without one', async () => {
    const { service, device } = await served()
    const id = await device.client.recordEvent({ eventType: 'session_start' })
    expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    await device.client.flush()
    expect(await recordedIds(service)).toEqual([id])
  })

  it('keeps events while offline, and a new client sends what an earlier one left', async () => {
    const { service, network } = await served()
    network.fate = 'is lost'
    const storage = memoryStorage()
    const first = new Device({ url: network.url, fetch: network.fetch, storage })
    for (const id of ['a', 'b']) await first.client.recordEvent(view(id))
    await first.client.flush()
    first.client.close()
    expect(first.statuses).toEqual([])
    network.fate = 'arrives'
    const second = new Device({ url: network.url, fetch: network.fetch, storage })
    await second.client.recordEvent(view('c'))
    await second.client.flush()
    expect(second.statuses).toEqual(['a RECORDED', 'b RECORDED', 'c RECORDED'])
    expect(await recordedIds(service)).toEqual(['a', 'b', 'c'])
    expect(await storage.load()).toEqual([])
  })

  it('counts an event once if its answer is lost', async () => {
    const { service, network, device } = await served()
    network.fates.push('answer is lost')
    await device.client.recordEvent(view('a'))
    await device.client.flush()
    expect(device.problems).toMatchObject([{ code: 'UNREACHABLE' }])
    await device.pass(1000)
    expect(device.statuses).toEqual(['a DUPLICATE'])
    expect(network.sentIds).toEqual([['a'], ['a']])
    expect(await recordedIds(service)).toEqual(['a'])
  })

  it('waits longer after each failure, and tries at once when it is woken', async () => {
    const { network, device } = await served()
    network.fate = 'is lost'
    await device.client.recordEvent(view('a'))
    await device.client.flush()
    const waits: number[] = []
    for (let attempt = 1; attempt <= 9; attempt++) {
      const [wait] = device.clock.waits
      waits.push(wait!)
      await device.pass(wait! - 1)
      expect(network.bodies.length).toBe(attempt)
      await device.pass(1)
    }
    expect(waits).toEqual([375, 750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000])
    network.fate = 'arrives'
    await device.client.wake()
    expect(device.statuses).toEqual(['a RECORDED'])
  })

  it('puts many large events into several requests, each of which a device may send', async () => {
    const { network, device } = await served()
    network.fate = 'is lost'
    const ids = Array.from({ length: 300 }, (_, n) => `e${n}`)
    for (const id of ids) await device.client.recordEvent(view(id, { eventAttributes: { note: '☕'.repeat(2500) } }))
    network.bodies.length = 0
    network.fate = 'arrives'
    await device.client.wake()
    expect(device.statuses).toEqual(ids.map((id) => `${id} RECORDED`))
    expect(network.bodies.length).toBeGreaterThan(8)
    expect(Math.max(...network.bodies.map((body) => Buffer.byteLength(body)))).toBeLessThan(MESSAGE_BYTES)
    expect(new Set(network.sentIds.flat()).size).toBe(300)
    expect(network.sentIds.flat()).toHaveLength(300)
  })

  it('reports and removes events that the service refuses, and records all others', async () => {
    const { service, network, device } = await served()
    network.fate = 'is lost'
    // The service refuses a whole request with such a position, and each of the other two alone.
    const wrongType = { eventType: 'impression', positions: ['first' as unknown as number], eventId: 'wrong-type' }
    const events = [
      view('a'),
      view('no-type', { eventType: '' }),
      view('b'),
      wrongType,
      view('c'),
      view('price', { eventAttributes: { price: 'x' } }),
    ]
    for (const event of [...events, ...Array.from({ length: 30 }, (_, n) => view(`more-${n}`))])
      await device.client.recordEvent(event)
    network.fate = 'arrives'
    await device.client.wake()
    const refused = device.outcomes.filter(({ status }) => status === 'REJECTED')
    expect(refused.map(({ event }) => event.eventId).sort()).toEqual(['no-type', 'price', 'wrong-type'])
    for (const { message } of refused) expect(message).toMatch(/\w+/)
    expect(device.client.waitingEvents).toBe(0)
    expect(await recordedIds(service)).toHaveLength(33)
  })

  it('reports and drops an event that is too large for any message', async () => {
    const { service, network, device } = await served()
    const id = await device.client.recordEvent(view('huge', { eventAttributes: { note: 'x'.repeat(MESSAGE_BYTES) } }))
    await device.client.recordEvent(view('a'))
    await device.client.flush()
    expect(id).toBe('huge')
    expect(device.statuses).toEqual(['huge DROPPED', 'a RECORDED'])
    expect(device.outcomes[0].message).toMatch(/no request can contain it/)
    expect(network.sentIds).toEqual([['a']])
    expect(await recordedIds(service)).toEqual(['a'])
  })

  it('records ids with markup, emoji, right-to-left text and 128 characters as they are', async () => {
    const { service, device } = await served()
    const ids = ['<b onclick="x">&amp;</b>', '👩‍👩‍👧 🛒', 'שלום ‮abc', 'x'.repeat(128), '"\\\u0000\u2028']
    for (const eventId of ids) await device.client.recordEvent(view(eventId, { itemId: eventId }))
    await device.client.flush()
    const refused = device.outcomes.filter(({ status }) => status !== 'RECORDED').map(({ event }) => event.eventId)
    expect(await recordedIds(service)).toEqual(ids.filter((id) => !refused.includes(id)))
    expect(refused.filter((id) => !id.includes('\u0000'))).toEqual([])
  })

  it('waits as long as a busy service says, whether it refuses a request or some of its events', async () => {
    const { service, network, device } = await served()
    const record = vi.spyOn(service.ingest, 'record')
    record.mockRejectedValueOnce(new OverloadedError(90_000))
    await device.client.recordEvent(view('a'))
    await device.client.flush()
    expect(device.problems).toMatchObject([{ code: 'UNAVAILABLE', retryAfterMs: 90_000 }])
    await device.pass(89_999)
    expect(network.bodies).toHaveLength(1)
    const error = new OverloadedError(80_000)
    record.mockImplementationOnce(async (rows) => rows.map(() => ({ status: 'UNAVAILABLE', eventId: 'a', error }) as never))
    await device.pass(1)
    expect(network.bodies).toHaveLength(2)
    expect(device.statuses).toEqual([])
    await device.pass(79_999)
    expect(network.bodies).toHaveLength(2)
    await device.pass(1)
    expect(device.statuses).toEqual(['a RECORDED'])
  })

  it('lets other events go before one that the service fails to record', async () => {
    const { service, network, device } = await served()
    const { ingest } = service
    const record = ingest.record.bind(ingest)
    let isBroken = true
    vi.spyOn(ingest, 'record').mockImplementation((rows, ...rest) => {
      if (isBroken && rows.some(({ eventId }) => eventId === 'bad')) throw new TypeError('A defect of the service.')
      return record(rows, ...rest)
    })
    network.fate = 'is lost'
    for (const id of ['a', 'bad', 'b']) await device.client.recordEvent(view(id))
    network.fate = 'arrives'
    await device.client.wake()
    for (let attempt = 0; attempt < 6; attempt++) await device.pass(60_000)
    expect(device.statuses.sort()).toEqual(['a RECORDED', 'b RECORDED'])
    isBroken = false
    await device.pass(LONG_WAIT_MS)
    expect(device.statuses).toContain('bad RECORDED')
  })

  it('records events of a device whose clock is wrong, at the time of their arrival', async () => {
    const { service, device } = await served()
    device.clock.set(Date.now() + 30 * 24 * LONG_WAIT_MS)
    await device.client.recordEvent(view('a'))
    await device.client.flush()
    expect(device.statuses).toEqual(['a RECORDED'])
    expect(await recordedIds(service)).toEqual(['a'])
  })

  it('drops the oldest events if too many wait', async () => {
    const { service, network } = await served()
    network.fate = 'is lost'
    const device = new Device({ url: network.url, fetch: network.fetch, maxEvents: 3 })
    for (const id of ['a', 'b', 'c', 'd', 'e']) await device.client.recordEvent(view(id))
    network.fate = 'arrives'
    await device.client.wake()
    expect(device.statuses).toEqual(['a DROPPED', 'b DROPPED', 'c RECORDED', 'd RECORDED', 'e RECORDED'])
    expect(await recordedIds(service)).toEqual(['c', 'd', 'e'])
  })

  it('sends events from memory if the storage fails', async () => {
    const { service, network } = await served()
    const broken = async () => Promise.reject(new Error('The disk is full.'))
    const storage: QueueStorage = { load: broken, add: broken, remove: broken }
    const device = new Device({ url: network.url, fetch: network.fetch, storage })
    await device.client.recordEvent(view('a'))
    await device.client.flush()
    expect(device.problems[0].message).toMatch(/The disk is full/)
    expect(await recordedIds(service)).toEqual(['a'])
  })

  it('does not wait for a slow storage before it sends an event, and forgets the event once the storage has it', async () => {
    const { service, network } = await served()
    const memory = memoryStorage()
    let goOn = () => {}
    const slow = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const storage: QueueStorage = { ...memory, add: (event) => slow.then(() => memory.add(event)) }
    let onAnswer = () => {}
    const answered = new Promise<void>((resolve) => {
      onAnswer = resolve
    })
    const fetch: typeof globalThis.fetch = (...request) => network.fetch(...request).finally(onAnswer)
    const device = new Device({ url: network.url, fetch, storage })
    const recorded = device.client.recordEvent(view('a'))
    await answered
    expect(await recordedIds(service)).toEqual(['a'])
    goOn()
    await recorded
    await device.client.flush()
    expect(device.statuses).toEqual(['a RECORDED'])
    expect(await storage.load()).toEqual([])
  })

  it('goes on if the code of the app throws', async () => {
    const { network } = await served()
    const thrown: unknown[] = []
    const { queueMicrotask } = globalThis
    vi.stubGlobal('queueMicrotask', (call: () => void) =>
      queueMicrotask(() => {
        try {
          call()
        } catch (error) {
          thrown.push(error)
        }
      }),
    )
    onTestFinished(() => void vi.unstubAllGlobals())
    const defect = new Error('A defect of the app.')
    const onOutcome = vi.fn(() => {
      throw defect
    })
    const device = new Device({ url: network.url, fetch: network.fetch, onOutcome })
    for (const id of ['a', 'b']) await device.client.recordEvent(view(id))
    await device.client.flush()
    expect(thrown).toEqual([defect, defect])
    expect(onOutcome).toHaveBeenCalledTimes(2)
    expect(device.client.waitingEvents).toBe(0)
  })
})

describe('the tokens of the event queue', () => {
  it('are renewed when one is refused, and each user has tokens of its own', async () => {
    const service = await openTestService({ tokens: { JWT_SECRET } })
    const { url } = await serve(service)
    const asked: { userId: string; refused: string | undefined }[] = []
    const expired = await deviceToken('ana', { exp: 1_000_000_000 })
    const token = async (request: { userId: string; refused: string | undefined }) => {
      asked.push(request)
      return request.userId === 'ana' && request.refused === undefined ? expired : deviceToken(request.userId)
    }
    const network = new Network(url)
    const storage = memoryStorage()
    network.fate = 'is lost'
    const visitor = new Device({ url, userId: 'visitor', storage, fetch: network.fetch, token })
    await visitor.client.recordEvent(view('as-visitor'))
    await visitor.client.flush()
    visitor.client.close()
    network.fate = 'arrives'
    const ana = new Device({ url, storage, fetch: network.fetch, token })
    await ana.client.recordEvent(view('as-ana'))
    await ana.client.flush()
    expect(ana.statuses.sort()).toEqual(['as-ana RECORDED', 'as-visitor RECORDED'])
    expect(asked.filter(({ userId }) => userId === 'ana').map(({ refused }) => refused)).toEqual([undefined, expired])
  })

  it('that stay refused keep events until there is a valid one', async () => {
    const service = await openTestService({ tokens: { JWT_SECRET } })
    const { url } = await serve(service)
    let current = 'no token at all'
    const device = new Device({ url, token: () => current })
    await device.client.recordEvent(view('a'))
    await device.client.flush()
    expect(device.problems).toMatchObject([{ code: 'UNAUTHENTICATED' }])
    current = await deviceToken('ana')
    await device.pass(1000)
    expect(device.statuses).toEqual(['a RECORDED'])
  })

  it('may be missing for a while, such as while the server of the app is down', async () => {
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
    let isDown = true
    const token = () => (isDown ? Promise.reject(new Error('502 from the shop')) : deviceToken('ana'))
    const device = new Device({ url, token })
    await device.client.recordEvent(view('a'))
    await device.client.flush()
    expect(device.problems[0].message).toMatch(/502 from the shop/)
    isDown = false
    await device.pass(1000)
    expect(device.statuses).toEqual(['a RECORDED'])
  })
})

it.each([
  ['nothing', () => {}],
  ['only the beginning of an answer', (response: ServerResponse) => void response.write('{ "data":')],
])('gives a request up after half a minute if the service sends %s', async (_, answer) => {
  const server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  const device = new Device({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` })
  const arrived = once(server, 'request')
  await device.client.recordEvent(view('a'))
  await arrived
  device.clock.pass(30_000)
  await device.client.flush()
  expect(device.problems).toMatchObject([{ code: 'UNREACHABLE' }])
  expect(device.client.waitingEvents).toBe(1)
})

it('waits until the rate of the user allows the rest, and loses no event', async () => {
  const service = await openTestService({ tokens: { JWT_SECRET } })
  // So slow that even a fraction of a point takes longer than the client waits by itself.
  const limited = await serve(service, { network: { RATE_PER_USER: 0.001 } })
  const network = new Network(limited.url)
  network.fate = 'is lost'
  const token = await deviceToken('ana')
  const device = new Device({ url: limited.url, fetch: network.fetch, token: () => token })
  const ids = Array.from({ length: 3000 }, (_, n) => `e${n}`)
  await Promise.all(ids.map((id) => device.client.recordEvent(view(id))))
  network.fate = 'arrives'
  await device.client.wake()
  const problem = device.problems.at(-1)
  expect(problem).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
  expect(device.outcomes.length).toBeGreaterThan(200)
  expect(device.outcomes.length).toBeLessThan(3000)
  const { retryAfterMs } = problem as Error & { retryAfterMs: number }
  expect(retryAfterMs).toBeGreaterThan(60_000)
  network.url = (await serve(service)).url
  const sent = network.bodies.length
  await device.pass(retryAfterMs - 1)
  expect(network.bodies).toHaveLength(sent)
  await device.pass(1)
  expect(device.outcomes.map(({ event }) => event.eventId)).toEqual(ids)
  expect(new Set(device.outcomes.map(({ status }) => status))).toEqual(new Set(['RECORDED']))
})

it('counts events once if the service is killed between the request and its answer', async () => {
  const settings = { DATA_DIR: await temporaryDirectory() }
  const first = new StartedService(settings)
  const url = await first.serving()
  const killed: typeof fetch = async (to, init) => {
    const response = await fetch(to, init)
    await response.text()
    await first.stop('SIGKILL')
    throw new TypeError('Network request failed')
  }
  let send = killed
  const device = new Device({ url, fetch: (to, init) => send(to, init) })
  await Promise.all(['a', 'b'].map((id) => device.client.recordEvent(view(id))))
  await device.client.flush()
  expect(device.statuses).toEqual([])
  send = fetch
  await device.pass(1000)
  expect(device.client.waitingEvents).toBe(2)
  await new StartedService({ ...settings, PORT: new URL(url).port }).serving()
  await device.client.wake()
  expect(device.statuses).toEqual(expect.arrayContaining(['a DUPLICATE']))
  const { data } = await post(url, '{ user(userId: "ana") { events(first: 10) { edges { node { eventId } } } } }')
  expect(data).toEqual({ user: { events: { edges: [{ node: { eventId: 'b' } }, { node: { eventId: 'a' } }] } } })
})
