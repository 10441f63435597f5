import { randomUUID } from 'node:crypto'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ColumnReader, ColumnWriter } from '../../src/state/column-codec.ts'
import { BlockWriter, readBlocks } from '../../src/state/embedded/snapshot-blocks.ts'
import { countKept, dropOldest, encodeKeptEvent, GROUP, latestKept, packBehind, unpackKept } from '../../src/state/kept-events.ts'
import type { RecordedEvent } from '../../src/state/log/entry.ts'
import { readPackedText, writePackedText } from '../../src/state/packed-text.ts'
import { checkProperty } from '../support/check-property.ts'
import { openOn } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { compact } from './embedded/compacted-store.ts'

const id = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'item-1', 'item-12', '-8650633878742415867', '🛒a', '🛍b', 'x'.repeat(300)) },
  fc.uuid(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.stringMatching(/^[0-9a-f]{1,20}$/),
  fc.string({ minLength: 1, unit: 'binary' }),
)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const event: fc.Arbitrary<RecordedEvent> = fc
  .record({
    eventId: id,
    userId: fc.constant('ann'),
    eventType: fc.constantFrom('view', 'click', 'impression'),
    timestamp: fc.oneof(fc.nat(), fc.integer({ min: START, max: START + 1e9 }), fc.maxSafeNat()),
    itemId: maybe(id),
    sessionId: maybe(id),
    recommendationId: maybe(id),
    eventAttributes: maybe(fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<string>, { maxKeys: 3 })),
    positions: maybe(fc.array(fc.nat(50), { maxLength: 3 })),
  })
  .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never)

/** Those of `former-packed-events.base64`. */
const FORMER_EVENTS: readonly RecordedEvent[] = Array.from({ length: 45 }, (_, i) => ({
  eventId: `shop-${1000 + i}`,
  userId: 'ann',
  eventType: i % 7 === 3 ? 'click' : 'view',
  // The tenth came late.
  timestamp: START + i * 61_000 - (i === 10 ? 9_000_000 : 0),
  ...(i % 5 !== 4 && { itemId: String(-8650633878742415867n + BigInt(i % 9)) }),
  sessionId: i % 4 === 0 ? '7c9e6679-7425-40de-944b-e07fc1f90ae7' : `s${i >> 3}`,
  ...(i % 6 !== 5 && { eventAttributes: { device: i % 2 ? 'ios' : 'desktop' } }),
}))

/** As earlier versions packed them. */
function packedBefore(events: readonly string[]): Buffer {
  const writer = new ColumnWriter()
  for (const text of events) writer.text(text)
  return writer.take()
}

function packed(batches: readonly (readonly RecordedEvent[])[], held: Buffer = Buffer.alloc(0)): Buffer {
  let count = countKept(held)
  return batches.reduce((all, batch) => {
    const { bytes, count: after } = packBehind(all, batch)
    count += batch.length
    expect(after).toBe(count)
    return Buffer.concat([all, bytes])
  }, held)
}

describe('packed events', () => {
  it('equal the events, in their order, whatever they are, after those of earlier versions', async () => {
    const batches = fc.array(fc.array(event, { maxLength: 50 }), { maxLength: 6 })
    const property = fc.property(batches, fc.array(event.map(encodeKeptEvent), { maxLength: 5 }), (later, earlier) => {
      const bytes = packed(later, packedBefore(earlier))
      const events = [...earlier, ...later.flat().map(encodeKeptEvent)]
      expect(unpackKept(bytes)).toEqual(events)
      expect(countKept(bytes)).toBe(events.length)
      const times = events.map((text) => (JSON.parse(text) as [number])[0])
      expect(latestKept(bytes)).toBe(Math.max(0, ...times))
    })
    await checkProperty(property, 200)
  })

  it('of the former version are read, and later events follow them', async () => {
    const former = Buffer.from(await readFile(join(import.meta.dirname, 'former-packed-events.base64'), 'utf8'), 'base64')
    const events = FORMER_EVENTS.map(encodeKeptEvent)
    expect(unpackKept(former)).toEqual(events)
    expect(countKept(former)).toBe(events.length)
    expect(latestKept(former)).toBe(Math.max(...FORMER_EVENTS.map(({ timestamp }) => timestamp)))
    const later = FORMER_EVENTS.slice(3, 33).reverse()
    const more = later.map(encodeKeptEvent)
    const all = packed([later.slice(0, 1), later.slice(1)], former)
    expect(unpackKept(all)).toEqual([...events, ...more])
    expect(latestKept(all)).toBe(latestKept(former))
    const left = dropOldest(all, events.length + more.length, 40)
    expect(unpackKept(left)).toEqual([...events, ...more].slice(32))
  })

  it('are dropped from the front in groups, and later events follow the rest', async () => {
    const events = fc.array(event, { minLength: 1, maxLength: 120 })
    const property = fc.property(events, fc.nat(130), event, (all, atLeast, next) => {
      const left = Buffer.from(dropOldest(packed([all]), all.length, atLeast))
      const found = unpackKept(left)
      expect(found).toEqual(all.slice(all.length - found.length).map(encodeKeptEvent))
      expect(found.length).toBeGreaterThanOrEqual(Math.min(all.length, atLeast))
      expect(found.length).toBeLessThanOrEqual(Math.max(GROUP, atLeast + GROUP))
      expect(unpackKept(packed([[next]], left))).toEqual([...found, encodeKeptEvent(next)])
    })
    await checkProperty(property, 200)
  })

  it('take a third of their JSON, with ids of any usual form', () => {
    const ratios: number[] = []
    for (const newId of [
      () => randomUUID(),
      (n: number) => `shop-${100_000 + n}`,
      (n: number) => String(8_650_633_878_742 + 7919 * n),
    ]) {
      const items = Array.from({ length: 40 }, (_, n) => newId(n))
      const events = Array.from({ length: 100 }, (_, n) => {
        const attributes = { device: 'mobile', region: 'MG', country: 'BR' }
        const sessionId = `s-${n >> 3}`
        const made = { ...{ eventId: newId(n), userId: 'ann', eventType: 'view', itemId: items[n % 40], sessionId } }
        return { ...made, timestamp: START + 40_000 * n, eventAttributes: attributes }
      })
      const [before, now] = [packedBefore(events.map(encodeKeptEvent)).length, packed(events.map((one) => [one])).length]
      ratios.push(now / before)
    }
    for (const ratio of ratios) expect(ratio).toBeLessThan(1 / 3)
  })
})

describe('a packed text', () => {
  it('equals the text', async () => {
    const property = fc.property(fc.oneof(id, fc.string({ unit: 'grapheme' })), fc.string({ unit: 'grapheme' }), (one, other) => {
      const writer = new ColumnWriter()
      for (const text of [one, other]) writePackedText(writer, text)
      const reader = new ColumnReader(writer.take())
      expect([readPackedText(reader), readPackedText(reader)]).toEqual([one, other])
      expect(reader.atEnd).toBe(true)
    })
    await checkProperty(property, 500)
  })

  it('is also read in the form of earlier versions, which wrote an integer digit by digit', () => {
    const reader = new ColumnReader(Buffer.from('50a8650633878742415867', 'hex'))
    expect(readPackedText(reader)).toBe('-8650633878742415867')
  })

  it('takes half a byte a character of a number or hexadecimal id, 9 bytes of a long integer, and 17 of a UUID', () => {
    const sizes = ['-8650633878742415867', '123456', 'deadbeef', randomUUID(), 'plain'].map((text) => {
      const writer = new ColumnWriter()
      writePackedText(writer, text)
      return writer.length
    })
    expect(sizes).toEqual([9, 4, 5, 17, 6])
  })
})

it('events of a snapshot that an earlier version wrote are read, and written in the new form', async () => {
  const dataDir = await temporaryDirectory()
  const events = Array.from({ length: 230 }, (_, n) =>
    encodeKeptEvent({ eventId: `e${n}`, userId: 'ann', eventType: 'view', itemId: `i${n % 9}`, timestamp: START + n }),
  )
  const first = await openOn(undefined, { dataDir })
  await first.ingest.record([{ eventId: 'e', userId: 'ann', eventType: 'view', itemId: 'i' }])
  await first.close()
  await compact({ dataDir })
  const path = await snapshotIn(dataDir)
  await rewriteEvents(path, events)
  const second = await openOn(undefined, { dataDir })
  const latest = events.slice(-200).reverse()
  expect(await second.store.readEvents('ann')).toEqual(latest)
  await second.ingest.record([{ eventId: 'later', userId: 'ann', eventType: 'view', itemId: 'i' }])
  const [newest, ...others] = await second.store.readEvents('ann')
  expect(newest).toContain('"later"')
  expect(others).toEqual(latest.slice(0, 199))
  await second.close()
  await compact({ dataDir })
  const third = await openOn(undefined, { dataDir })
  expect(await third.store.readEvents('ann')).toEqual([newest, ...others])
})

async function snapshotIn(dataDir: string): Promise<string> {
  const name = (await readdir(dataDir)).find((file) => file.startsWith('snapshot'))
  return join(dataDir, name!)
}

/** Puts a block of events as earlier versions wrote it in the place of that of today. */
async function rewriteEvents(path: string, events: readonly string[]): Promise<void> {
  const blocks: { kind: string; records: number; bytes: Buffer }[] = []
  for await (const { kind, records, reader } of readBlocks(path)) {
    const from = reader.offset
    const bytes: number[] = []
    while (!reader.atEnd) bytes.push(reader.byte())
    blocks.push({ kind, records, bytes: Buffer.from(from === 0 ? [] : bytes) })
  }
  const file = await open(path, 'w')
  const writer = new BlockWriter(file, new AbortController().signal)
  for (const { kind, records, bytes } of blocks) {
    if (kind === 'kept_events')
      await writer.all('events', ['ann'], (column, userId) => {
        column.text(userId)
        column.count(events.length)
        column.bytes(packedBefore(events))
      })
    else {
      const parts = Array.from({ length: records }, (_, n) => (n === 0 ? bytes : Buffer.alloc(0)))
      await writer.all(kind as 'user', parts, (column, part) => column.bytes(part))
    }
  }
  await file.close()
}
