import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readFoldFigures } from '../../src/analysis/fold-figures.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { Increments } from '../../src/state/increments.ts'
import { foldCall } from '../../src/state/redis/fold-call.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { withScripts } from '../../src/state/redis/scripts.ts'
import { SharedSums } from '../../src/state/shared-sums.ts'
import { itemKey, SHOP } from '../../src/state/slots.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { overflowing } from '../support/overflowing.ts'
import { type OpenedService, openOn, UNLIMITED } from '../support/service.ts'
import { expectSameState, snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const view = (eventId: string, userId = 'ann', itemId = 'i1') => ({ eventId, userId, itemId, eventType: 'view' })

async function record(service: OpenedService, ...ids: string[]): Promise<void> {
  for (const id of ids) expect((await service.ingest.record([view(id)]))[0].status).toBe('RECORDED')
}

/** Undecayed views of the item, as all users share them. */
async function viewsOf(service: OpenedService, itemId = 'i1'): Promise<number> {
  const { rows, layout } = await snapshot(service, [])
  return rows[itemKey(itemId)]?.[layout.names.item.indexOf('views')] ?? 0
}

/** What the user did, as only they have it. */
async function eventsOf(service: OpenedService, userId = 'ann'): Promise<number> {
  return (await service.store.readEvents(userId)).length
}

/** The increments of the entry, with one number of the item's row replaced. */
function withNumber(
  service: OpenedService,
  increments: [string, (number | null)[], unknown[]][],
  column: string,
  value: number | null,
) {
  const at = service.accumulators.layout.names.item.indexOf(column)
  return increments.map(([entity, numbers, sets]) => {
    if (entity !== itemKey('i1')) return [entity, numbers, sets]
    const place = numbers.findIndex((number, i) => i % 4 === 1 && number === at)
    return [entity, numbers.map((number, i) => (i === place + 1 ? value : number)), sets]
  })
}

describe('a journal with a poisoned entry', () => {
  const poisonedFolder = async (poison: (line: string, service: OpenedService) => string, lines = [2]) => {
    const dataDir = await temporaryDirectory()
    const before = await openOn(undefined, { dataDir })
    await record(before, 'e1', 'e2', 'e3')
    await before.close()
    const path = join(dataDir, 'journal.jsonl')
    const journal = (await readFile(path, 'utf8')).split('\n')
    for (const line of lines) journal[line] = poison(journal[line], before)
    await writeFile(path, journal.join('\n'))
    return { dataDir, path, aside: `${path}.poisoned` }
  }
  const withNull = (line: string, service: OpenedService) => {
    const entry = JSON.parse(line)
    return JSON.stringify({ ...entry, increments: withNumber(service, entry.increments, 'views', null) })
  }

  it('can be read: a null increment is left out, and the rest of the entry counts', async () => {
    const { dataDir, path, aside } = await poisonedFolder(withNull)
    const after = await openOn(undefined, { dataDir })
    expect(await viewsOf(after)).toBe(2)
    expect(await eventsOf(after)).toBe(3)
    expect((await after.ingest.record([view('e2')]))[0].status).toBe('DUPLICATE')
    const { rows, layout } = await snapshot(after, [])
    const last = layout.names.item.indexOf('last_seen')
    expect(rows[itemKey('i1')][last]).toBeGreaterThan(0)
    expect(await after.store.poisonedEntries()).toBe(1)
    expect(after.warnings[0]).toMatch(new RegExp(`^${path}:3: .*1 cannot be added.*set aside in ${aside}`))
    const [line] = (await readFile(aside, 'utf8')).trimEnd().split('\n')
    expect(JSON.parse(line)).toMatchObject({
      where: `${path}:3`,
      increments: [[itemKey('i1'), [0, expect.any(Number), null, 0], []]],
    })
    await record(after, 'e4')
    expect(await viewsOf(after)).toBe(3)
  })

  it('is set aside once, however often the service starts', async () => {
    const { dataDir, aside } = await poisonedFolder(withNull)
    for (let start = 0; start < 3; start++) {
      const service = await openOn(undefined, { dataDir })
      expect(await service.store.poisonedEntries()).toBe(1)
      await service.close()
    }
    expect((await readFile(aside, 'utf8')).trimEnd().split('\n')).toHaveLength(1)
  })

  it.each([
    ['does not fit the schema', () => '{"kind":"events","userId":7}'],
    ['is JSON and no entry', () => '[1,2]'],
    ['holds an offline list that is none', () => '{"kind":"list","id":"user:ann","at":1,"upload":{"items":"none"}}'],
  ])('can be read if a line %s, and this line is left out', async (_, poison) => {
    const { dataDir, aside } = await poisonedFolder(poison)
    const after = await openOn(undefined, { dataDir })
    expect(await viewsOf(after)).toBe(2)
    expect(await after.store.poisonedEntries()).toBe(1)
    expect(await readFile(aside, 'utf8')).toContain(JSON.stringify(poison()))
    await record(after, 'e4')
  })

  it('keeps nothing of a user who is erased', async () => {
    const { dataDir, aside } = await poisonedFolder((line) => line.replace('"version":', '"version":"x","was":'))
    const after = await openOn(undefined, { dataDir })
    expect(await readFile(aside, 'utf8')).toContain('ann')
    await after.erasures.erase('ann')
    await expect(readFile(aside, 'utf8')).rejects.toThrow(/ENOENT/)
    expect(await after.store.poisonedEntries()).toBe(0)
  })

  it('prevents the start if more than 1 % of the entries, and more than a hundred, cannot be used', async () => {
    const { dataDir, path } = await poisonedFolder((line) => line)
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    await writeFile(
      path,
      `${[...lines, ...Array.from({ length: 101 }, (_, n) => `{"kind":"events","userId":${n}}`)].join('\n')}\n`,
    )
    await expect(openOn(undefined, { dataDir })).rejects.toMatchObject({
      code: 'DAMAGED_LOG',
      message: /^101 of 10\d log entries/,
    })
  })
})

onRedis('a log with poisoned entries', (open, server) => {
  const connect = (service: OpenedService) => {
    const admin = new Redis(server().url)
    onTestFinished(() => admin.disconnect())
    const keys = new RedisKeys(service.partitioning, service.prefix)
    return { admin, keys, log: keys.log(keys.partition('ann')), aside: keys.poisoned(keys.partition('ann')) }
  }

  it('does not stop the fold: every shard leaves out each poisoned entry, sets it aside once and counts it', async () => {
    const service = await open()
    const other = await open({ prefix: service.prefix })
    const { admin, log, aside } = connect(service)
    await record(service, 'e1')
    await service.store.settle()
    const [, fields] = (await admin.xrange(log, '-', '+'))[0]
    const increments = JSON.parse(fields[fields.indexOf('i') + 1])
    const poisons = [
      JSON.stringify(withNumber(service, increments, 'views', null)),
      JSON.stringify(increments).replace(/\]$/, ',["item:i2",[0,9999,1,0],[]]]'),
      '[["item:i2"',
      '[["not increments"]]',
      'null',
    ]
    for (const poison of poisons) await admin.xadd(log, '*', 'e', '{}', 'i', poison)
    await record(service, 'e2')
    await Promise.all([service.store.settle(), other.store.settle()])
    // Of the second the sound increments count, once.
    expect(await viewsOf(service)).toBe(3)
    expect(await service.store.foldLag()).toBe(0)
    expect(await admin.xlen(aside)).toBe(poisons.length)
    for (const { store } of [service, other]) {
      expect(await store.poisonedEntries()).toBe(poisons.length)
      expect(await readFoldFigures(store)).toMatchObject({ foldLagMs: 0, foldIsLate: false, poisonedEntries: poisons.length })
    }
    const warned = [...service.warnings, ...other.warnings].filter((warning) => warning.includes('Omitted from the sums'))
    expect(warned).toHaveLength(poisons.length)
  })

  it('can have rows and sets with infinite numbers, which start from 0', async () => {
    const before = await open()
    await record(before, 'e1')
    await before.ingest.record([view('e2', 'ann', 'i2')])
    await before.store.settle()
    const { admin, keys } = connect(before)
    const { layout } = before.accumulators
    await before.close()
    for (const entity of [itemKey('i1'), SHOP]) {
      const row = (await admin.getBuffer(keys.row(entity)))!
      for (let at = 0; at < row.length; at += 8)
        row.writeDoubleLE([Number.POSITIVE_INFINITY, Number.NaN, -Infinity][(at / 8) % 3], at)
      await admin.set(keys.row(entity), row)
      for (const { name } of layout.sets) {
        const members = await admin.zrange(keys.set(entity, name), 0, -1)
        for (const member of members) await admin.zadd(keys.set(entity, name), '+inf', member)
      }
    }
    const after = await open({ prefix: before.prefix, clock: before.clock })
    await record(after, 'e3')
    await after.ingest.record([view('e4', 'bob', 'i2'), view('e5', 'bob', 'i1')])
    const state = await snapshot(after, [])
    for (const [entity, row] of Object.entries(state.rows)) expect(row.every(Number.isFinite), entity).toBe(true)
    for (const [set, { scores }] of Object.entries(state.sets)) expect(scores.every(Number.isFinite), set).toBe(true)
    expect(await viewsOf(after)).toBe(2)
    expect(await after.store.foldLag()).toBe(0)
  })

  it('keeps a cell that would overflow, both in the script and in memory', async () => {
    const service = await open()
    const { admin, keys } = connect(service)
    const commands = withScripts(admin)
    const { layout } = service.accumulators
    const column = layout.names.item.indexOf('views')
    const shard = keys.shard(itemKey('i1'))
    const id = (await admin.hget(keys.marks(shard), 'store'))!
    const incrementsOf = (value: number) => {
      const increments = new Increments(layout)
      increments.put(itemKey('i1'), 0, column, value, 0)
      return increments
    }
    const fold = (value: number, from: string, to: string) => {
      const parts = { keys, layout, expiresIn: 60_000 }
      const source = { store: id, run: '' }
      const { names, args } = foldCall(parts, source, shard, [{ partition: 0, from, to }], incrementsOf(value))
      return commands.liverankFold(names.length, names, args)
    }
    const sums = new SharedSums(layout)
    const apply = (value: number) => sums.apply(incrementsOf(value))
    expect(await fold(1e308, '0-0', '1-0')).toEqual([])
    expect(await fold(1e308, '1-0', '2-0')).toEqual(['refused', '1'])
    for (let n = 0; n < 2; n++) apply(1e308)
    expect(await viewsOf(service)).toBe(1e308)
    expect(sums.rows([itemKey('i1')], layout.width('item')).data[column]).toBe(1e308)
  })

  it('ends with the sums of a restored journal with the same poison, whatever is poisoned', {
    timeout: PROPERTY_MS,
  }, async () => {
    const poison = fc.constantFrom(null, '1e999', 'null', '"7"', '1e101', '-1e300', '[]', '{}')
    const property = fc.asyncProperty(fc.array(fc.tuple(fc.nat(), poison), { minLength: 1, maxLength: 6 }), async (poisons) => {
      const dataDir = await temporaryDirectory()
      const before = await openOn(undefined, { dataDir })
      for (const [n, userId] of ['ann', 'bob', 'ann', 'bob'].entries())
        await before.ingest.record([view(`e${n}`, userId, `i${n % 2}`)])
      await before.close()
      const path = join(dataDir, 'journal.jsonl')
      const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
      const entries = lines.map((line, i) => (i > 0 && line.includes('"increments":') ? poisonedLine(line, poisons, i) : line))
      await writeFile(path, `${entries.join('\n')}\n`)
      const embedded = await openOn(undefined, { dataDir })
      const redis = await open()
      const { admin, keys } = connect(redis)
      for (const line of entries) {
        const at = line.indexOf(',"increments":')
        if (at < 0) continue
        const userId = /"userId":"(\w+)"/.exec(line)![1]
        await admin.xadd(keys.log(keys.partition(userId)), '*', 'e', `${line.slice(0, at)}}`, 'i', line.slice(at + 14, -1))
      }
      const [actual, expected] = [await snapshot(redis, []), await snapshot(embedded, [])]
      const sums = { users: {}, events: {}, sample: [], items: {}, lists: {} }
      expectSameState({ ...actual, ...sums }, { ...expected, ...sums })
      expect(await redis.store.poisonedEntries()).toBe(await embedded.store.poisonedEntries())
      await Promise.all([embedded.close(), redis.close()])
    })
    await checkProperty(property, 15)
  })
})

/** The line with some of the values of its increments replaced by other JSON. */
function poisonedLine(line: string, poisons: readonly (readonly [number, string | null])[], salt: number): string {
  const at = line.indexOf(',"increments":')
  let increments = line.slice(at)
  for (const [place, value] of poisons) {
    if (value === null || (place + salt) % 3 === 0) continue
    const numbers = [...increments.matchAll(/(?<=[[,])-?\d[\d.e+-]*(?=[,\]])/g)]
    const { index, 0: number } = numbers[(place + salt) % numbers.length]
    increments = `${increments.slice(0, index)}${value}${increments.slice(index + number.length)}`
  }
  return line.slice(0, at) + increments
}

bothStores((open) => {
  describe('an increment that is not finite', () => {
    it('is refused with its event before it is committed, and the other events of the batch are recorded', async () => {
      const domain = { ...UNLIMITED, accumulators: [...eCommerce.accumulators, overflowing] }
      const service = await open({ domain })
      const batch = [view('e1'), view('e2', 'ann', 'heavy'), view('e3'), view('e4', 'bob')]
      const outcomes = await service.ingest.record(batch)
      expect(outcomes.map(({ status }) => status)).toEqual(['RECORDED', 'FAILED', 'RECORDED', 'RECORDED'])
      expect(outcomes[1]).toMatchObject({ error: { code: 'INVARIANT', invariant: 'INCREMENT_NOT_FINITE' } })
      expect(service.warnings).toContain('a step of one user was not recorded')
      expect((await readFoldFigures(service.store)).failedAssertions.INCREMENT_NOT_FINITE).toBeGreaterThan(0)
      expect(await viewsOf(service)).toBe(3)
      expect(await viewsOf(service, 'heavy')).toBe(0)
      expect(await eventsOf(service)).toBe(2)
      expect((await service.ingest.record(batch)).map(({ status }) => status)).toEqual([
        'DUPLICATE',
        'FAILED',
        'DUPLICATE',
        'DUPLICATE',
      ])
    })
  })
})

bothStores((open) => {
  it('a purchase is recorded if an earlier version stored a price of the item that is now out of bounds', async () => {
    const service = await open()
    const { clock, store, catalogue } = service
    const item = { attributes: { price: 1e300 }, available: true, updatedAt: clock.now(), addedAt: clock.now(), deleted: false }
    catalogue.set('i1', item)
    const slate = { recommendationId: '00-a', userId: 'ann', items: [{ itemId: 'i1' }], policy: 'default' }
    await store.putSlate({ kind: 'slate', recommendationId: '00-a', userId: 'ann', at: clock.wall(), slate })
    const purchase = { ...view('e1'), eventType: 'purchase', recommendationId: '00-a' }
    expect((await service.ingest.record([purchase]))[0].status).toBe('RECORDED')
    const { rows } = await snapshot(service, [])
    expect(Object.keys(rows).some((entity) => entity.startsWith('attribute:policy='))).toBe(true)
    for (const [entity, row] of Object.entries(rows)) expect(row.every(Number.isFinite), entity).toBe(true)
  })
})
