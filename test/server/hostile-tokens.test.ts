import { expect, it, onTestFinished, vi } from 'vitest'
import { wallClock } from '../../src/clock.ts'
import { CLOSE_CODES } from '../../src/server/close-codes.ts'
import type { Service } from '../../src/service/service.ts'
import { HOUR } from '../../src/time-units.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { connect, type ServiceSettings, serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const OFF = { STORED_PER_USER: 0, RATE_PER_USER: 0, RATE_PER_KEY: 0, RATE_PER_ADDRESS: 0 }
const RENEW = 'mutation ($token: String!) { renewToken(input: { token: $token }) { ... on RenewTokenPayload { userId } } }'
const RECORD =
  'mutation ($userId: ID!) { recordEvent(input: { userId: $userId, eventType: "view", itemId: "i" }) { __typename } }'
const FLUSH =
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded duplicates results { counted } } } }'
const SLATE = 'query { recommendations(input: { userId: "me" }) { version } }'
const LIVE = 'subscription { recommendations(input: { userId: "me" }) { version } }'

/**
 * Lets the tokens of open sockets and streams be over when the test says so.
 * @returns `over` ends what waits for the end of a token, and returns how many did
 */
function endTokens({ authenticator }: Service): { over(): number } {
  const waiting = new Set<(end: 'expired') => void>()
  vi.spyOn(authenticator, 'watch').mockImplementation((_, onEnd) => {
    waiting.add(onEnd)
    return () => waiting.delete(onEnd)
  })
  return {
    over: () => {
      const ended = [...waiting]
      for (const onEnd of ended) onEnd('expired')
      return ended.length
    },
  }
}

/** Items that nobody uploaded: of a device, 600 count in an hour. */
const unknownItems = 600
const batch = Array.from({ length: 1000 }, (_, n) => ({ userId: 'me', itemId: `i${n}`, eventType: 'view', eventId: `e${n}` }))

/** Something that is held until `go` is called. `begun` resolves when it is reached for the first time. */
class Hold {
  readonly begun: Promise<void>
  readonly #gone: Promise<void>
  #begin!: () => void
  go!: () => void

  constructor() {
    this.begun = new Promise((resolve) => {
      this.#begin = resolve
    })
    this.#gone = new Promise((resolve) => {
      this.go = resolve
    })
    onTestFinished(() => this.go())
  }

  async pass(): Promise<void> {
    this.#begin()
    await this.#gone
  }
}

/** Holds the recording of events. */
function holdRecording({ ingest }: Service): Hold {
  const hold = new Hold()
  const record = ingest.record.bind(ingest)
  vi.spyOn(ingest, 'record').mockImplementation((...events) => hold.pass().then(() => record(...events)))
  return hold
}

/** Holds the slates that queries ask for. */
function holdSlates({ turns }: Service): Hold {
  const hold = new Hold()
  const run = turns.run.bind(turns)
  vi.spyOn(turns, 'run').mockImplementation((asks, withdrawn, make) => hold.pass().then(() => run(asks, withdrawn, make)))
  return hold
}

/** Opens a socket of a device. @param hold holds what its operations do */
async function openSocket(open: (settings: ServiceSettings) => Promise<Service>, hold: (service: Service) => Hold) {
  const service = await open({ tokens: { JWT_SECRET } })
  const { url } = await serve(service, { network: OFF })
  const credential = await deviceToken('me')
  const held = { hold: hold(service), tokens: endTokens(service) }
  return { url, credential, client: connect((address) => webSocketClient(address, credential), url), ...held }
}

/** The outcome of an operation whose socket may close. */
function outcome(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'answered',
    () => 'unanswered',
  )
}

onEachStoreWhenLong('a token that expires', (open) => {
  it('while 1,000 events are recorded closes the socket, and each event is recorded once, even if it is sent again', async () => {
    const {
      url,
      credential,
      client,
      tokens,
      hold: { begun, go },
    } = await openSocket(open, holdRecording)
    const answer = outcome(client.ask(FLUSH, { input: batch }))
    await begun
    expect(tokens.over()).toBe(1)
    expect(await client.closed).toMatchObject({ code: CLOSE_CODES.TOKEN_EXPIRED })
    expect(await answer).toBe('unanswered')
    go()
    const again = connect((address) => webSocketClient(address, credential), url)
    const { data, errors } = await again.ask(FLUSH, { input: batch })
    expect(errors).toBeUndefined()
    const { recorded, duplicates, results } = data!.recordEvents as {
      recorded: number
      duplicates: number
      results: { counted: boolean }[]
    }
    expect(recorded + duplicates).toBe(1000)
    expect(results.filter(({ counted }) => counted)).toHaveLength(unknownItems)
    await eventually(async () => expect(await sumOf(url)).toBe(unknownItems))
  })

  it('while a mutation or a query runs over HTTP does not prevent its answer', async () => {
    let passed = 0
    const clock = { ...wallClock(), wall: () => Date.now() + passed }
    const service = await open({ tokens: { JWT_SECRET }, clock })
    const { url } = await serve(service, { network: OFF })
    const recording = holdRecording(service)
    const slates = holdSlates(service)
    const credential = await deviceToken('me')
    const answers = [post(url, FLUSH, { input: batch }, credential), post(url, SLATE, {}, credential)]
    await Promise.all([recording.begun, slates.begun])
    passed = 2 * HOUR
    recording.go()
    slates.go()
    const [recorded, slate] = await Promise.all(answers)
    expect(recorded.data?.recordEvents).toMatchObject({ recorded: 1000 })
    expect(slate.data?.recommendations).toMatchObject({ version: expect.any(Number) })
    expect((await post(url, SLATE, {}, credential)).errors?.[0].extensions?.code).toBe('UNAUTHENTICATED')
  })

  it('while a query runs over a WebSocket closes it, and the answer is not sent', async () => {
    const {
      client,
      tokens,
      hold: { begun, go },
    } = await openSocket(open, holdSlates)
    const answer = outcome(client.ask(SLATE))
    await begun
    expect(tokens.over()).toBe(1)
    expect(await client.closed).toMatchObject({ code: CLOSE_CODES.TOKEN_EXPIRED })
    go()
    expect(await answer).toBe('unanswered')
  })

  it('ends a subscription before the next slate, over server-sent events', async () => {
    const service = await open({ tokens: { JWT_SECRET } })
    const { url } = await serve(service, { network: OFF })
    const tokens = endTokens(service)
    const credential = await deviceToken('me')
    const messages = connect((address) => sseClient(address, credential), url).subscribe(LIVE)
    expect((await messages.next()).errors).toBeUndefined()
    expect(tokens.over()).toBe(1)
    const last = await messages.next()
    await service.ingest.record([{ userId: 'me', itemId: 'i', eventType: 'view' }])
    expect(last.errors?.[0].extensions?.code).toBe('UNAUTHENTICATED')
    await messages.ended
    expect(messages.unread).toBe(0)
  })

  /** How many views of the items of the batch are counted. */
  async function sumOf(url: string): Promise<number> {
    const query = 'query ($ids: [ID!]!) { itemFeatures(itemIds: $ids, names: ["item_views"]) { features { value } } }'
    const credential = await token({ role: 'admin', sub: 'a' })
    let sum = 0
    for (let n = 0; n < 1000; n += 500) {
      const ids = batch.slice(n, n + 500).map(({ itemId }) => itemId)
      const { data } = await post(url, query, { ids }, credential)
      for (const { features } of data!.itemFeatures as { features: [{ value: number | null }] }[]) sum += features[0].value ?? 0
    }
    return sum
  }
})

onEachStoreWhenLong('the token of a socket', (open) => {
  it('cannot be renewed 3,000 times: each renewal costs points, and the socket stays open', async () => {
    const service = await open({ tokens: { JWT_SECRET } })
    const { url } = await serve(service, { network: { ...OFF, RATE_PER_USER: 1 } })
    const credential = await deviceToken('me')
    const client = connect((address) => webSocketClient(address, credential), url)
    const codes = new Map<unknown, number>()
    for (let n = 0; n < 3000 && !codes.has('RATE_LIMITED'); n++) {
      const { errors } = await client.ask(RENEW, { token: n % 2 ? credential : 'x'.repeat(1000) })
      const code = errors?.[0].extensions?.code
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    expect([...codes.keys()].sort()).toEqual(['RATE_LIMITED', 'UNAUTHENTICATED', undefined])
    const other = await token({ sub: 'shop', role: 'backend' })
    expect((await post(url, RECORD, { userId: 'me' }, other)).errors).toBeUndefined()
  })

  it('belongs to the same user, whatever tokens an operation names', async () => {
    const service = await open({ tokens: { JWT_SECRET } })
    const { url } = await serve(service, { network: OFF })
    const credential = await deviceToken('me')
    const client = connect((address) => webSocketClient(address, credential), url)
    const tokens = {
      other: await deviceToken('other'),
      expired: await deviceToken('me', { exp: Math.floor(Date.now() / 1000) - 60 }),
      early: await deviceToken('me', { nbf: Math.floor(Date.now() / 1000) + 60 }),
      admin: await token({ sub: 'me', role: 'admin' }),
      backend: await token({ sub: 'me', role: 'backend' }),
      forged: await token({ sub: 'me', role: 'device' }, 'another secret of a test, with more than 32 bytes'),
      empty: '',
      good: await deviceToken('me'),
    }
    const names = Object.keys(tokens)
    const query = `mutation (${names.map((name) => `$${name}: String!`)}) { ${names.map((name) => `${name}: renewToken(input: { token: $${name} }) { ... on RenewTokenPayload { userId role } }`)} }`
    const { data, errors } = await client.ask(query, tokens)
    expect(data).toEqual({ ...Object.fromEntries(names.map((name) => [name, null])), good: { userId: 'me', role: 'DEVICE' } })
    const codes = Object.fromEntries(errors!.map(({ path, extensions }) => [path?.[0], extensions?.code]))
    const [refused, invalid] = ['FORBIDDEN', 'UNAUTHENTICATED']
    expect(codes).toEqual({
      ...{ other: refused, admin: refused, backend: refused },
      ...{ expired: invalid, early: invalid, forged: invalid, empty: invalid },
    })
    for (const refusedToken of [tokens.other, tokens.admin]) {
      const mixed = `mutation ($token: String!, $userId: ID!) { renewToken(input: { token: $token }) { ... on RenewTokenPayload { userId } } recordEvent(input: { userId: $userId, eventType: "view" }) { __typename } }`
      const answer = await client.ask(mixed, { token: refusedToken, userId: 'other' })
      expect(answer.data).toEqual({ renewToken: null, recordEvent: null })
    }
    expect((await client.ask(RECORD, { userId: 'me' })).errors).toBeUndefined()
    expect(await service.store.readEvents('other')).toEqual([])
  })

  it('can be renewed while an operation runs, without an effect on the operation', async () => {
    const {
      client,
      tokens,
      hold: { begun, go },
    } = await openSocket(open, holdRecording)
    const answer = client.ask(FLUSH, { input: batch })
    await begun
    const renewed = await Promise.all(
      [deviceToken('me'), deviceToken('other'), deviceToken('me')].map(async (next) => client.ask(RENEW, { token: await next })),
    )
    expect(renewed.map(({ errors }) => errors?.[0].extensions?.code)).toEqual([undefined, 'FORBIDDEN', undefined])
    go()
    expect((await answer).data?.recordEvents).toMatchObject({ recorded: 1000 })
    // Nothing waits for the end of the former tokens.
    expect(tokens.over()).toBe(1)
    expect(await client.closed).toMatchObject({ code: CLOSE_CODES.TOKEN_EXPIRED })
  })
})
