import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { UnavailableError } from '../../src/errors.ts'
import { makeLogger } from '../../src/logging/logger.ts'
import { post } from '../support/graphql-client.ts'
import { overflowing } from '../support/overflowing.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'

const ERROR_LEVEL = 50

describe('the log', () => {
  it('contains errors with their stack and cause: it printed {}', () => {
    const lines: { error: Record<string, unknown> }[] = []
    const logger = makeLogger('info', { write: (line) => void lines.push(JSON.parse(line)) })
    logger.error({ error: new UnavailableError('The store did not answer.', { cause: new Error('refused') }) }, 'failed')
    logger.error(new TypeError('broken'))
    expect(lines).toMatchObject([
      { msg: 'failed', error: { type: 'UnavailableError', code: 'UNAVAILABLE', message: expect.stringContaining('refused') } },
      { error: { type: 'TypeError', message: 'broken', stack: expect.stringContaining('logger.test.ts') } },
    ])
  })

  it('contains mistakes of clients at level debug, and defects at level error', async () => {
    const service = await openTestService()
    const { logger, lines } = keptLog()
    const { url } = await serve(service, { logger })
    const mistakes = [
      '{',
      '{ nothing }',
      'query ($id: ID!) { item(itemId: $id) { itemId } }',
      '{ similarItems(itemId: "a", first: -1) { score } }',
      '{ a: __typename a: status { version } }',
    ]
    for (const query of mistakes) expect((await post(url, query)).errors).toHaveLength(1)
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' })
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[]' })
    expect(lines.filter(({ level }) => Number(level) > 20)).toEqual([])
    expect(lines).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ message: expect.any(String) }) }))

    vi.spyOn(service.status, 'read').mockRejectedValueOnce(new TypeError('a defect'))
    await post(url, '{ status { version } }')
    expect(lines.filter(({ level }) => level === ERROR_LEVEL)).toMatchObject([{ error: { message: 'a defect' } }])
  })

  it('contains an assertion that fails in recordEvent once', async () => {
    const { logger, lines } = keptLog()
    const domain = { ...eCommerce, accumulators: [...eCommerce.accumulators, overflowing] }
    const { url } = await serve(await openTestService({ domain, logger }), { logger })
    const input = { userId: 'ann', itemId: 'heavy', eventType: 'view' }
    const { errors } = await post(url, 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }', {
      input,
    })
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(lines.filter(({ level }) => level === ERROR_LEVEL)).toMatchObject([
      { msg: 'a step of one user was not recorded', error: { type: 'InvariantError' } },
    ])
  })

  it('contains failures on a socket, and nothing of them goes to the console', async () => {
    const { logger, lines } = keptLog()
    const { url } = await serve(await openTestService(), { logger })
    const consoles = (['error', 'warn', 'log'] as const).map((name) => vi.spyOn(console, name))
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    socket.on('open', () => socket.send('x'.repeat(3_000_000)))
    expect(await closed).toBe(1009)
    for (const spy of consoles) expect(spy).not.toHaveBeenCalled()
    expect(lines).toMatchObject([{ level: 20, msg: 'a WebSocket failed', error: { message: 'Max payload size exceeded' } }])
  })
})
