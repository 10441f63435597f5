import type { Bytes, RedisModel, Reply } from './redis-model.ts'
import type { Guards } from './script-models.ts'
import { isLater } from './stream-ids.ts'

export function fold(call: RedisModel['call'], keys: readonly Bytes[], argv: readonly Bytes[], guards: Guards): Reply {
  let at = 0
  const take = () => argv[at++]
  if ((call('hget', keys[0], 'store') ?? '') !== take()) return ['store']
  const run = take()
  if (run !== '' && run !== call('info', 'server')) return ['restarted']
  const ttl = take()
  const ranges = Number(take())
  const marks: Bytes[] = []
  const stale: Bytes[] = []
  for (let i = 0; i < ranges; i++) {
    const [partition, from, to] = [take(), take(), take()]
    const mark = (call('hget', keys[0], partition) as Bytes | null) ?? '0-0'
    if (guards.watermark && mark !== from) stale.push(partition, mark)
    marks.push(partition, to)
  }
  if (stale.length > 0) return stale
  const rows = Array.from({ length: Number(take()) }, (_, place) => rowOf(call, keys[1 + place]))
  let refused = 0
  let key = 1 + rows.length
  for (const [place, row] of rows.entries()) {
    const [width, numbers, sets] = [Number(take()), Buffer.from(take(), 'latin1'), Number(take())]
    while (row.length < width) row.push(0)
    for (let position = 0; position < numbers.length; position += 19) {
      const isRefused = !applyNumber(
        row,
        numbers[position],
        numbers.readUInt16LE(position + 1),
        numbers.readDoubleLE(position + 3),
        numbers.readDoubleLE(position + 11),
      )
      if (isRefused) refused++
    }
    for (let i = 0; i < sets; i++) {
      const setKey = keys[key++]
      const [epochColumn, keep, capacity, members] = [Number(take()), Number(take()), Number(take()), Number(take())]
      let count = call('zcard', setKey) as number
      for (let j = 0; j < members; j++) {
        const member = take()
        const packed = Buffer.from(take(), 'latin1')
        const epoch = packed.readDoubleLE(0)
        let gain = packed.readDoubleLE(8)
        const isLoss = gain < 0
        const current = finite(row[epochColumn])
        if (count === 0) row[epochColumn] = epoch
        else if (epoch > current) {
          call('zunionstore', setKey, '1', setKey, 'WEIGHTS', String(2 ** (64 * (current - epoch))))
          row[epochColumn] = epoch
        } else if (epoch < current) gain *= 2 ** (64 * (epoch - current))
        const isNew = call('zscore', setKey, member) === null
        if (!isNew || !isLoss) {
          if (isNew && count >= capacity) call('zremrangebyrank', setKey, '0', String(count - keep - 1))
          const after = Number(call('zincrby', setKey, String(gain), member))
          if (!Number.isFinite(after)) refused++
          if (!Number.isFinite(after) || (isLoss && after <= 0)) call('zrem', setKey, member)
        }
        count = call('zcard', setKey) as number
      }
      call('pexpire', setKey, ttl)
    }
    call('set', keys[1 + place], Buffer.from(Float64Array.from(row).buffer).toString('latin1'), 'PX', ttl)
  }
  call('hset', keys[0], ...marks)
  return refused > 0 ? ['refused', String(refused)] : []
}

/** @returns false when the cell would not be finite, and stays as it is */
function applyNumber(row: number[], operation: number, column: number, value: number, epoch: number): boolean {
  const before = finite(row[column])
  const current = finite(row[column + 1])
  let latest = current
  let after = before
  if (operation === 0) after = before + value
  else if (operation === 2) after = Math.max(before, value)
  else if (operation === 3) after = before === 0 || value < before ? value : before
  else if (before === 0 || epoch === current) {
    after = before + value
    latest = epoch
  } else if (epoch > current) {
    after = before * 2 ** (64 * (current - epoch)) + value
    latest = epoch
  } else after = before + value * 2 ** (64 * (epoch - current))
  const fits = Number.isFinite(after)
  row[column] = fits ? after : before
  if (fits && operation === 1) row[column + 1] = latest
  return fits
}

function finite(number: number | undefined): number {
  return number !== undefined && Number.isFinite(number) ? number : 0
}

function rowOf(call: RedisModel['call'], key: Bytes): number[] {
  const bytes = Buffer.from((call('get', key) as Bytes | null) ?? '', 'latin1')
  return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i))
}

export function mark(call: RedisModel['call'], [log, foldMark]: readonly Bytes[], [id]: readonly Bytes[]): Reply {
  if ((call('xrange', log, id, id) as Reply[]).length === 0) return ''
  call('set', foldMark, id)
  return call('info', 'server')
}

export function lift(call: RedisModel['call'], [log]: readonly Bytes[], [id]: readonly Bytes[]): Reply {
  const last = call('xinfo', 'STREAM', log) as Bytes | null
  if (last !== null) {
    const [ms, sequence] = last.split('-').map(Number)
    const [leastMs, leastSequence] = id.split('-').map(Number)
    if (ms > leastMs || (ms === leastMs && sequence >= leastSequence)) return 0
  }
  call('xadd', log, id, 'lifted', '')
  call('xdel', log, id)
  return 1
}

/** How many are kept is left out: a run sets aside a few. */
export function setAside(call: RedisModel['call'], [aside]: readonly Bytes[], [id, , what, increments]: readonly Bytes[]): Reply {
  const last = call('xinfo', 'STREAM', aside) as Bytes | null
  if (last !== null && !isLater(id, last)) return 'known'
  call('xadd', aside, id, 'what', what, 'increments', increments)
  return 'added'
}

export function countAside(call: RedisModel['call'], [aside]: readonly Bytes[]): Reply {
  return (call('xrange', aside, '-', '+') as Reply[]).length
}
