import { once } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import { CLOSE_CODES } from '../../src/server/close-codes.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { openSocket } from '../support/raw-socket.ts'
import { serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const QUERY = '{ __typename }'
const OFF = { STORED_PER_USER: 0, RATE_PER_USER: 0, RATE_PER_KEY: 0, RATE_PER_ADDRESS: 0 }

interface Answer {
  readonly id?: string
  readonly type: string
  readonly payload: readonly { readonly extensions: Readonly<Record<string, unknown>> }[]
}

async function connected(url: string, credential: string, perMessageDeflate = true) {
  const socket = await openSocket(url, { perMessageDeflate })
  const ask = async (text: string): Promise<Answer> => {
    const answered = once(socket, 'message')
    socket.send(text)
    return JSON.parse(String((await answered)[0]))
  }
  await ask(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${credential}` } }))
  return { socket, ask }
}

async function post(url: string, credential: string, body: string) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${credential}` }
  const response = await fetch(url, { method: 'POST', headers, body })
  const { errors } = (await response.json()) as { errors?: { extensions: Record<string, unknown> }[] }
  return { status: response.status, code: errors?.[0].extensions.code, retryAfter: response.headers.get('retry-after') }
}

/** So many variables. @param id of the message over WebSocket; without it, the body of a request */
function many(count: number, id?: string): string {
  const payload = { query: QUERY, variables: Object.fromEntries(Array.from({ length: count }, (_, n) => [`v${n}`, 1])) }
  return JSON.stringify(id === undefined ? payload : { id, type: 'subscribe', payload })
}

onEachStoreWhenLong('a message', (open) => {
  it('with 170,000 variables is refused before it is parsed: parsing took 0.28 s of CPU time', async () => {
    const { url } = await serve(await open({ tokens: { JWT_SECRET } }), { network: OFF })
    const device = await deviceToken('u')
    // Nobody parsed what is refused although it is no JSON.
    expect(await post(url, device, many(170_000).slice(0, -1))).toMatchObject({ code: 'QUERY_TOO_COMPLEX', status: 200 })
    const { socket } = await connected(url, await token({ sub: 'shop', role: 'backend' }))
    socket.send(many(170_000, 'a').slice(0, -1))
    const [code, reason] = await once(socket, 'close')
    expect([code, String(reason)]).toEqual([CLOSE_CODES.BAD_MESSAGE, expect.stringContaining('values')])
  })

  it('whose variables hold as many values as allowed is answered', async () => {
    const { url } = await serve(await open({ tokens: { JWT_SECRET } }), { network: OFF })
    const credential = await token({ sub: 'shop', role: 'backend' })
    expect(await post(url, credential, many(50_000))).toMatchObject({ code: undefined, status: 200 })
    const { ask } = await connected(url, credential)
    expect(await ask(many(50_000, 'a'))).toMatchObject({ id: 'a', type: 'next' })
  })

  it('of more than 512 KiB from a device closes its socket before it is parsed: parsing took 70 ms', async () => {
    const { url } = await serve(await open({ tokens: { JWT_SECRET } }), { network: OFF })
    const device = await connected(url, await deviceToken('u'))
    const server = await connected(url, await token({ sub: 'shop', role: 'backend' }))
    const refused = (bytes: number) => JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: QUERY } }).padEnd(bytes)
    const answer = await device.ask(refused(512 * 1024))
    expect(answer).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] })
    const parsing = vi.spyOn(JSON, 'parse')
    onTestFinished(() => parsing.mockRestore())
    const large = refused(512 * 1024 + 1)
    device.socket.send(large)
    const [code] = await Promise.race([once(device.socket, 'close'), once(device.socket, 'message')])
    expect(code).toBe(CLOSE_CODES.MESSAGE_TOO_LARGE)
    expect(parsing.mock.calls.filter(([text]) => text.length >= large.length)).toEqual([])
    expect(await server.ask(large)).toMatchObject({ id: 'a', type: 'next' })
    expect(parsing.mock.calls.filter(([text]) => text.length >= large.length)).toHaveLength(1)
  })

  it('of more than 16 KiB costs points before it is parsed, even if it is refused, on a WebSocket and over HTTP', async () => {
    // A bucket holds 520,000 points; such a message costs 22,000.
    const { url } = await serve(await open({ tokens: { JWT_SECRET } }), { network: { ...OFF, RATE_PER_USER: 1 } })
    const { ask } = await connected(url, await deviceToken('u'))
    const large = (id: string) => JSON.stringify({ id, type: 'subscribe', payload: { query: QUERY, x: 'x'.repeat(190_000) } })
    const types: string[] = []
    let last: Answer | undefined
    for (let n = 0; n < 60 && last?.payload[0]?.extensions.code !== 'RATE_LIMITED'; n++) {
      last = await ask(large(`m${n}`))
      types.push(last.type)
      // The end of the operation comes right after its answer.
      if (last.type === 'next') await ask(JSON.stringify({ type: 'ping' }))
    }
    expect(types.length).toBeGreaterThan(10)
    expect(last).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect(last?.payload[0].extensions.retryAfterMs).toBeGreaterThan(0)
    // What is small is answered as ever, on another socket.
    const other = await connected(url, await deviceToken('u'))
    expect(await other.ask(many(2, 'small'))).toMatchObject({ id: 'small', type: 'next' })
    expect(await post(url, await deviceToken('u'), many(20_000))).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
  })

  it('is answered once, even after another one that had to wait for points', async () => {
    const { url } = await serve(await open({ tokens: { JWT_SECRET } }), { network: { ...OFF, RATE_PER_USER: 1 } })
    const { socket } = await connected(url, await deviceToken('u'))
    const answered: string[] = []
    const done = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const { id, type } = JSON.parse(String(data)) as Answer
        if (type !== 'next' && type !== 'error') return
        answered.push(`${id}`)
        if (answered.length === 40) resolve()
      })
    })
    for (let n = 0; n < 40; n++) {
      const x = n % 2 ? 'x' : 'x'.repeat(100_000)
      socket.send(JSON.stringify({ id: `m${n}`, type: 'subscribe', payload: { query: QUERY, x } }))
    }
    await done
    expect(new Set(answered).size).toBe(40)
    socket.close()
    expect((await once(socket, 'close'))[0]).toBe(1005)
  })

  it('is read only when its sender has rested after one without points: one token used most of a core', async () => {
    // A bucket holds the points of 40 such messages.
    const { url } = await serve(await open({ tokens: { JWT_SECRET } }), { network: { ...OFF, RATE_PER_USER: 1 } })
    const { socket } = await connected(url, await deviceToken('u'), false)
    const other = await connected(url, await token({ sub: 'shop', role: 'backend' }))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    let refused = 0
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data)) as Answer
      if (type !== 'error') return
      expect(payload[0].extensions.code).toBe('RATE_LIMITED')
      refused++
    })
    for (let n = 0; n < 120; n++)
      socket.send(JSON.stringify({ id: `m${n}`, type: 'subscribe', payload: { query: QUERY, x: 'x'.repeat(120_000) } }))
    let asked = 0
    /** Resolves when so many operations of another sender are answered, and no message is refused meanwhile. */
    const settled = async () => {
      for (let before = -1; before !== refused; ) {
        before = refused
        for (let n = 0; n < 20; n++) expect(await other.ask(many(2, `s${++asked}`))).toMatchObject({ type: 'next' })
      }
    }
    while (refused === 0) await new Promise(setImmediate)
    await settled()
    const first = refused
    expect(first).toBeLessThanOrEqual(2)
    await vi.advanceTimersByTimeAsync(9000)
    await settled()
    expect(refused).toBe(first)
    await vi.advanceTimersByTimeAsync(1000)
    vi.useRealTimers()
    await eventually(() => expect(refused).toBeGreaterThan(first))
    // Nobody waits for a client that is gone.
    socket.terminate()
    expect(await post(url, await deviceToken('another'), many(2))).toMatchObject({ status: 200 })
  })
})
