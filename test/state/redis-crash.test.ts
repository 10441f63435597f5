import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { EventInput } from '../../src/events/event-input.ts'
import { SHOP } from '../../src/state/slots.ts'
import { RedisServer, type RedisSettings, redisAvailable } from '../support/redis-server.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { snapshot } from '../support/state-snapshot.ts'

const USERS = ['u0', 'u1', 'u2', 'u3', 'u4']

function event(n: number): EventInput {
  return {
    eventId: `e${n}`,
    userId: USERS[n % USERS.length],
    itemId: `i${n % 7}`,
    eventType: n % 6 === 0 ? 'add_to_cart' : 'view',
  }
}

/** Sends events from several lanes, until told to stop; notes what was acknowledged, and what was sent. */
function load(service: OpenedService) {
  const acknowledged: number[] = []
  let sent = 0
  let stopped = false
  const waiting: { count: number; resolve: () => void }[] = []
  const lane = async () => {
    while (!stopped) {
      const numbers = Array.from({ length: 1 + (sent % 3) }, () => sent++)
      const outcomes = await service.ingest.record(numbers.map(event))
      outcomes.forEach(({ status }, i) => {
        if (status === 'RECORDED') acknowledged.push(numbers[i])
        else expect(status).toBe('UNAVAILABLE')
      })
      for (const { count, resolve } of waiting) if (acknowledged.length >= count) resolve()
      if (outcomes.some(({ status }) => status === 'UNAVAILABLE')) return
    }
  }
  const lanes = Promise.all(Array.from({ length: 20 }, lane))
  return {
    acknowledged,
    reached: (count: number) => new Promise<void>((resolve) => waiting.push({ count, resolve })),
    stop: async () => {
      stopped = true
      await lanes
      return sent
    },
  }
}

/** Sends all again, as clients do, until the store has answered for each. */
async function sendAgain(service: OpenedService, count: number): Promise<string[]> {
  const statuses: string[] = []
  for (let n = 0; n < count; n++) {
    const [{ status }] = await vi.waitFor(
      async () => {
        const outcomes = await service.ingest.record([event(n)])
        expect(outcomes[0].status).not.toBe('UNAVAILABLE')
        return outcomes
      },
      { timeout: 20_000, interval: 20 },
    )
    statuses.push(status)
  }
  return statuses
}

async function expectEachOnce(service: OpenedService, count: number): Promise<void> {
  const { users, rows, layout } = await snapshot(service, USERS)
  USERS.forEach((userId, u) => {
    const { parts } = users[userId] as { parts: { activity: { events: number } } }
    expect(parts.activity.events).toBe(Array.from({ length: count }, (_, n) => n).filter((n) => n % USERS.length === u).length)
  })
  const sumOf = (name: string) =>
    Object.entries(rows)
      .filter(([entity]) => entity.startsWith('item:'))
      .reduce((all, [, row]) => all + row[layout.names.item.indexOf(name)], 0)
  expect(sumOf('views') + sumOf('carts')).toBe(count)
  expect(rows[SHOP]).toBeDefined()
}

describe.skipIf(!redisAvailable)('Redis', () => {
  let server: RedisServer
  async function start(settings: RedisSettings): Promise<OpenedService> {
    server = await RedisServer.start(settings)
    return openOn(server.url)
  }
  afterEach(() => server.stop())

  it.each([150, 1100, 2600])(
    'that is killed after %i events has every acknowledged one when it is back, counted once',
    async (moment) => {
      const service = await start({ appendonly: 'yes', appendfsync: 'always' })
      const running = load(service)
      await running.reached(moment)
      await server.kill()
      const sent = await running.stop()
      expect(running.acknowledged.length).toBeGreaterThanOrEqual(moment)
      await server.restart()
      const statuses = await sendAgain(service, sent)
      expect(running.acknowledged.filter((n) => statuses[n] !== 'DUPLICATE')).toEqual([])
      await expectEachOnce(service, sent)
    },
  )

  it('that goes away while shared sums are folded has each event in them once', async () => {
    const service = await start({ appendonly: 'yes', appendfsync: 'always' })
    let sent = 0
    for (let round = 0; round < 3; round++) {
      const numbers = Array.from({ length: 400 }, () => sent++)
      await service.ingest.record(numbers.map(event))
      const settling = service.store.settle()
      await server.kill()
      await settling.catch((error) => error)
      await server.restart()
      await vi.waitFor(() => service.store.ping(), { timeout: 20_000, interval: 20 })
    }
    await sendAgain(service, sent)
    await expectEachOnce(service, sent)
  })

  it('without memory left refuses to record, wholly, and still folds what is recorded', async () => {
    const service = await start({})
    const before = 200
    await service.ingest.record(Array.from({ length: before }, (_, n) => event(n)))
    await service.store.settle()
    const admin = new Redis(server.url)
    await admin.config('SET', 'maxmemory-policy', 'noeviction')
    await service.ingest.record([event(before)])
    await admin.config('SET', 'maxmemory', '1mb')
    const outcomes = await service.ingest.record([event(before + 1), event(before + 2)])
    expect(outcomes.map(({ status }) => status)).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
    await expectEachOnce(service, before + 1)
    await admin.config('SET', 'maxmemory', '0')
    admin.disconnect()
    expect(await sendAgain(service, before + 3)).toEqual([...new Array(before + 1).fill('DUPLICATE'), 'RECORDED', 'RECORDED'])
    await expectEachOnce(service, before + 3)
  })

  it('that is gone does not keep a service from closing', async () => {
    const service = await start({})
    await service.ingest.record([event(1)])
    await server.kill()
    await service.close()
    expect((await service.ingest.record([event(2)]))[0].status).toBe('UNAVAILABLE')
  })
})
