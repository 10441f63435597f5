import { z } from 'zod'
import { invariant } from '../invariant.ts'
import { ColumnReader, ColumnWriter } from './column-codec.ts'
import { readId, readIds, writeId, writeIds } from './packed-table.ts'
import { slotDrawn } from './parse-log-entry.ts'
import {
  isWhole,
  readNumbers,
  readWord,
  type ServedSlate,
  type WholeItem,
  type WholeSlate,
  type WholeSlot,
  writeNumbers,
  writeWord,
} from './slate-values.ts'
import type { JsonObject } from './user-value.ts'

/**
 * Kept slates are bytes. The first byte says in which form. `packed` has the parts that events need at its beginning. An id stands
 * once, in a table that begins with the items of the slate.
 */
const FORM = { json: 0, packed: 1 } as const

const writer = new ColumnWriter()

/**
 * Encodes a slate for keeping.
 * @param slate the slate as logged
 * @param at time of serving on the wall clock, in ms since 1970
 */
export function encodeSlate(recommendationId: string, slate: object, at: number): Buffer {
  invariant(Number.isFinite(at), 'SLATE_WITHOUT_TIME', 'a slate would be kept that never expires.')
  writer.reset()
  if (isWhole(slate) && slate.recommendationId === recommendationId) {
    writer.byte(FORM.packed)
    writer.time(Math.floor(at))
    writePacked(slate)
  } else {
    writer.byte(FORM.json)
    writer.time(Math.floor(at))
    writer.text(JSON.stringify(slate))
  }
  return writer.take()
}

/** Decodes a kept slate as it was logged. @throws RangeError or SyntaxError if the bytes are invalid */
export function decodeSlate(recommendationId: string, bytes: Uint8Array): JsonObject {
  const reader = new ColumnReader(bytes, 1)
  reader.time()
  if (bytes[0] === FORM.json) return JSON.parse(reader.text()) as JsonObject
  return readPacked(recommendationId, packedOnly(bytes, reader)) as unknown as JsonObject
}

function packedOnly(bytes: Uint8Array, reader: ColumnReader): ColumnReader {
  if (bytes[0] !== FORM.packed) throw new RangeError('a kept slate has an unknown form')
  return reader
}

/** Decodes what events need of a kept slate. @throws Error if the bytes are invalid */
export function decodeServed(bytes: Uint8Array): ServedSlate {
  const reader = new ColumnReader(bytes, 1)
  const at = reader.time()
  if (bytes[0] === FORM.json) return servedOf(JSON.parse(reader.text()), at)
  const { version, userId, surface, device, policy, rows, ids, explored } = readFront(packedOnly(bytes, reader))
  return { at, version, userId, surface, device, policy, items: ids.slice(0, rows), explored: explored && drawOf(explored) }
}

const served = z.object({
  userId: z.string(),
  version: z.number().default(0),
  surface: z.string().nullish(),
  device: z.string().nullish(),
  policy: z.string().nullish(),
  items: z.array(z.object({ itemId: z.string() })),
  explored: slotDrawn.extend({ itemId: z.string() }).nullish(),
})

function servedOf(slate: unknown, at: number): ServedSlate {
  const { userId, version, surface, device, policy, items, explored } = served.parse(slate)
  return {
    ...{ at, userId, version, surface: surface ?? undefined, device: device ?? undefined, policy: policy ?? undefined },
    items: items.map(({ itemId }) => itemId),
    explored: explored ? drawOf(explored) : undefined,
  }
}

function drawOf({
  itemId,
  ...drawn
}: Pick<WholeSlot, 'itemId' | 'decision' | 'decided' | 'sums' | 'inputs' | 'best' | 'weight'>): ServedSlate['explored'] {
  const { decision, decided, sums, inputs, best, weight } = drawn
  return { itemId, drawn: { decision, decided, sums, inputs, best, weight } }
}

/** The ids of a slate, each once; those of its items first. */
class IdTable {
  readonly ids: string[]
  readonly #places = new Map<string, number>()

  constructor(items: readonly WholeItem[]) {
    this.ids = items.map(({ itemId }) => itemId)
    for (let i = this.ids.length - 1; i >= 0; i--) this.#places.set(this.ids[i], i)
  }

  placeOf(id: string): number {
    const place = this.#places.get(id)
    if (place !== undefined) return place
    this.#places.set(id, this.ids.length)
    return this.ids.push(id) - 1
  }
}

function writePacked(slate: WholeSlate): void {
  const { items, earlier, explored, randomised, vectors } = slate
  const table = new IdTable(items)
  const anchors = items.map(({ reason }) => (reason.anchorItemId === undefined ? 0 : 1 + table.placeOf(reason.anchorItemId)))
  const arms = explored?.arms.map((id) => table.placeOf(id)) ?? []
  const slot = explored ? table.placeOf(explored.itemId) : 0
  const ranked = randomised?.ranked.map((id) => table.placeOf(id)) ?? []
  writer.count(slate.version)
  writeId(writer, slate.userId)
  for (const name of [slate.surface, slate.device, slate.policy]) writeWord(writer, name)
  writer.count(items.length)
  writer.count(table.ids.length)
  writeIds(writer, table.ids)
  writer.byte((explored ? 1 : 0) | (randomised ? 2 : 0) | (vectors ? 4 : 0) | (slate.fallback ? 8 : 0) | (earlier ? 16 : 0))
  if (explored) writeSlot(explored, slot, arms)
  if (randomised) {
    writer.float64(randomised.share)
    writeCounts(ranked)
  }
  writeWord(writer, slate.trigger)
  writeId(writer, slate.latestEventId)
  writer.time(slate.generatedAt)
  writer.float64(slate.tookMs)
  writeWord(writer, slate.model)
  writeItems(items, anchors)
  writer.text(slate.warnings.length === 0 ? '' : JSON.stringify(slate.warnings))
  if (vectors) writeVectors(vectors)
  if (!earlier) return
  writer.count(earlier.length)
  writeIds(writer, earlier)
}

function writeVectors(vectors: NonNullable<WholeSlate['vectors']>): void {
  writePositions(vectors.positions)
  writer.uint32(vectors.of)
  const values = Buffer.from(vectors.values, 'base64')
  writer.count(values.length)
  writer.bytes(values)
}

function writeSlot(slot: WholeSlot, place: number, arms: readonly number[]): void {
  writer.count(place)
  writer.uint32(slot.decision)
  writer.time(slot.decided)
  writer.text(slot.sums)
  writer.count(slot.inputs.length)
  for (const input of slot.inputs) writer.byte(input)
  for (const number of [slot.best, slot.weight, slot.share, slot.gamma]) writer.float64(number)
  writeCounts(arms)
  writer.count(slot.estimates.length)
  writeNumbers(writer, slot.estimates)
}

function writeItems(items: readonly WholeItem[], anchors: readonly number[]): void {
  writePositions(items.map(({ position }) => position))
  writeNumbers(
    writer,
    items.map(({ score }) => score),
  )
  writeNumbers(
    writer,
    items.map(({ propensity }) => propensity),
  )
  writeCounts(items.flatMap(({ exploration }, row) => (exploration ? [row] : [])))
  const codes = [...new Set(items.map(({ reason }) => reason.code))]
  writer.count(codes.length)
  for (const code of codes) writeWord(writer, code)
  for (let row = 0; row < items.length; row++) {
    writer.count(codes.indexOf(items[row].reason.code) + codes.length * anchors[row])
  }
  writeSources(items)
}

/** By source, what it says of its items. Only if the sources of an item do not stand in the order of the table, their order is written. */
function writeSources(items: readonly WholeItem[]): void {
  const names: string[] = []
  for (const { sources } of items) {
    // A new name comes before the next known one, so that the table has the order of every item.
    let next = names.length
    for (let i = sources.length - 1; i >= 0; i--) {
      const at = names.indexOf(sources[i].name)
      if (at < 0) names.splice(next, 0, sources[i].name)
      else next = at
    }
  }
  writer.count(names.length)
  for (const name of names) writeWord(writer, name)
  const columns = names.map((): number[] => [])
  for (const { sources } of items) {
    let [before, mask] = [-1, 0]
    for (const { name, score } of sources) {
      const at = names.indexOf(name)
      // NaN stands for none: it is no score.
      columns[at].push(score ?? Number.NaN)
      mask = at > before && at < MOST_IN_MASK ? mask | (1 << at) : -1
      before = mask < 0 ? MOST_IN_MASK : at
    }
    if (mask >= 0) writer.count(mask + 1)
    else {
      writer.count(0)
      writer.count(sources.length)
      for (const { name } of sources) writer.count(names.indexOf(name))
    }
  }
  for (const column of columns) writeNumbers(writer, column)
}

/** Sources whose presence one bit each tells. */
const MOST_IN_MASK = 30

/** 0 stands for 1, 2, 3, … */
function writePositions(positions: readonly number[]): void {
  const isFromTop = positions.every((position, row) => position === row + 1)
  writer.count(positions.length)
  writer.byte(isFromTop ? 0 : 1)
  if (!isFromTop) for (const position of positions) writer.count(position)
}

function writeCounts(counts: readonly number[]): void {
  writer.count(counts.length)
  for (const each of counts) writer.count(each)
}

function readCounts(reader: ColumnReader): number[] {
  return Array.from({ length: reader.count() }, () => reader.count())
}

function readPositions(reader: ColumnReader): number[] {
  const length = reader.count()
  return reader.byte() === 0 ? Array.from({ length }, (_, row) => row + 1) : Array.from({ length }, () => reader.count())
}

function readFront(reader: ColumnReader) {
  const version = reader.count()
  const userId = readId(reader) ?? ''
  const [surface, device, policy] = [readWord(reader), readWord(reader), readWord(reader)]
  const rows = reader.count()
  const ids = readIds(reader, reader.count())
  const has = reader.byte()
  const explored = has & 1 ? readSlot(reader, ids) : undefined
  return { version, userId, surface, device, policy, rows, ids, has, explored }
}

function readSlot(reader: ColumnReader, ids: readonly string[]): WholeSlot {
  const itemId = ids[reader.count()]
  const decision = reader.uint32()
  const decided = reader.time()
  const sums = reader.text()
  const inputs = [...reader.bytes(reader.count())]
  const [best, weight, share, gamma] = Array.from({ length: 4 }, () => reader.float64())
  const arms = readCounts(reader).map((place) => ids[place])
  const estimates = readNumbers(reader, reader.count())
  return { itemId, decision, decided, sums, inputs, best, weight, share, gamma, arms, estimates }
}

function readPacked(recommendationId: string, reader: ColumnReader): WholeSlate {
  const { version, userId, surface, device, policy = '', rows, ids, has, explored } = readFront(reader)
  const randomised = has & 2 ? { share: reader.float64(), ranked: readCounts(reader).map((place) => ids[place]) } : undefined
  const trigger = readWord(reader) ?? ''
  const latestEventId = readId(reader)
  const generatedAt = reader.time()
  const tookMs = reader.float64()
  const model = readWord(reader)
  const items = readItems(reader, rows, ids)
  const warnings = reader.text()
  const vectors = has & 4 ? readVectors(reader) : undefined
  const earlier = has & 16 ? readIds(reader, reader.count()) : undefined
  return {
    ...{ recommendationId, userId, policy, version, trigger, generatedAt, items, fallback: (has & 8) !== 0, tookMs },
    warnings: warnings === '' ? [] : JSON.parse(warnings),
    ...(surface !== undefined && { surface }),
    ...(device !== undefined && { device }),
    ...(latestEventId !== undefined && { latestEventId }),
    ...(earlier && { earlier }),
    ...(explored && { explored }),
    ...(randomised && { randomised }),
    ...(model !== undefined && { model }),
    ...(vectors && { vectors }),
  }
}

function readVectors(reader: ColumnReader): NonNullable<WholeSlate['vectors']> {
  const positions = readPositions(reader)
  const of = reader.uint32()
  return { positions, of, values: reader.bytes(reader.count()).toString('base64') }
}

function readItems(reader: ColumnReader, rows: number, ids: readonly string[]): WholeItem[] {
  const positions = readPositions(reader)
  const scores = readNumbers(reader, rows)
  const propensities = readNumbers(reader, rows)
  const explored = new Set(readCounts(reader))
  const codes = Array.from({ length: reader.count() }, () => readWord(reader) ?? '')
  const reasons = Array.from({ length: rows }, (): WholeItem['reason'] => {
    const reason = reader.count()
    const code = codes[reason % codes.length]
    const anchor = Math.floor(reason / codes.length)
    return anchor === 0 ? { code } : { code, anchorItemId: ids[anchor - 1] }
  })
  const sources = readSources(reader, rows)
  return positions.map((position, row) => ({
    ...{ itemId: ids[row], position, score: scores[row], sources: sources[row], reason: reasons[row] },
    ...{ exploration: explored.has(row), propensity: propensities[row] },
  }))
}

function readSources(reader: ColumnReader, rows: number): WholeItem['sources'][] {
  const names = Array.from({ length: reader.count() }, () => readWord(reader) ?? '')
  const lengths = new Array<number>(names.length).fill(0)
  const places = Array.from({ length: rows }, () => {
    const mask = reader.count() - 1
    const found = mask < 0 ? readCounts(reader) : names.flatMap((_, at) => (mask & (1 << at) ? [at] : []))
    for (const at of found) lengths[at]++
    return found
  })
  const columns = lengths.map((length) => readNumbers(reader, length)[Symbol.iterator]())
  return places.map((found) =>
    found.map((at) => {
      const score = columns[at].next().value
      return score === undefined || Number.isNaN(score) ? { name: names[at] } : { name: names[at], score }
    }),
  )
}
