// Measures LMDB beside the memory of the embedded store: see 0020-embedded-store-without-lmdb.md.
// npm install --no-save lmdb@3.5.6 && npm run build && node --max-semi-space-size=64 docs/decisions/0020-lmdb.mjs [USERS] [ROUNDS]
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { KnownIdentities } from '../../dist/src/state/embedded/known-identities.js'
import { InsertionOrderedBytes, KeyNumbers } from '../../dist/src/state/embedded/packed-bytes.js'

const [USERS, ROUNDS] = [Number(process.argv[2] ?? 1e6), Number(process.argv[3] ?? 15)]
const EVENTS = 20_000
const BATCH = 100
const WEEK = 7 * 86_400_000
// Sizes of a user of deskdrop: value, latest events, one packed event.
const [value, kept, event] = [randomBytes(656), randomBytes(950), randomBytes(31)]
const folder = mkdtempSync(join(tmpdir(), 'lmdb-'))
const file = join(folder, 'data.mdb')

const keys = new KeyNumbers()
const values = new InsertionOrderedBytes(keys)
const events = new InsertionOrderedBytes(keys)
const identities = new KnownIdentities(WEEK)
const root = open({ path: file, noSubdir: true, mapSize: 16 * 2 ** 30, noSync: true, maxDbs: 3 })
const [lmdbValues, lmdbEvents] = ['values', 'events'].map((name) => root.openDB(name, { encoding: 'binary' }))
const lmdbIdentities = root.openDB('identities', { encoding: 'binary', keyEncoding: 'binary' })

let state = 12_345
function random(below) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const anyUser = () => `user-${random(USERS)}`
const anyHash = () => String.fromCharCode(...Array.from({ length: 12 }, () => random(256)))

function changed(bytes) {
  const copy = Buffer.from(bytes)
  copy[3]++
  return copy
}

/** What one event reads and writes beside the sums. */
function recordInMemory() {
  const user = anyUser()
  const next = changed(values.get(user))
  const hash = anyHash()
  if (identities.nonceOf(hash) !== undefined) return
  values.set(user, next)
  identities.add({ hash, nonce: 7 }, 0)
  events.append(user, event)
}

function recordInLmdb() {
  const user = anyUser()
  const next = changed(lmdbValues.get(user))
  const hash = Buffer.from(anyHash(), 'latin1')
  if (lmdbIdentities.get(hash) !== undefined) return
  lmdbValues.putSync(user, next)
  lmdbIdentities.putSync(hash, event.subarray(0, 4))
  const before = lmdbEvents.get(user)
  lmdbEvents.putSync(user, Buffer.concat([before.length > 1900 ? before.subarray(900) : before, event]))
}

const cases = {
  'event, memory': () => repeat(EVENTS, recordInMemory),
  'event, LMDB, a transaction each': () => repeat(EVENTS, () => root.transactionSync(recordInLmdb)),
  'event, LMDB, a transaction for 100': () =>
    repeat(EVENTS / BATCH, () => root.transactionSync(() => repeat(BATCH, recordInLmdb))),
  'read, memory': () => repeat(EVENTS, () => [Buffer.from(values.get(anyUser())), events.get(anyUser())]),
  'read, LMDB': () => repeat(EVENTS, () => [lmdbValues.get(anyUser()), lmdbEvents.get(anyUser())]),
}

function repeat(times, step) {
  for (let i = 0; i < times; i++) step()
}

function cpuMicroseconds(step) {
  const before = process.cpuUsage()
  step()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function fill(write) {
  const before = process.memoryUsage.rss()
  for (let user = 0; user < USERS; user++) write(`user-${user}`)
  return Math.round((process.memoryUsage.rss() - before) / 2 ** 20)
}

function tracesIn(path, mark) {
  const bytes = readFileSync(path)
  let traces = 0
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) traces++
  return traces
}

async function measureErasure() {
  const mark = Buffer.from(`TRACE-${'x'.repeat(60)}`)
  repeat(1000, () => root.transactionSync(() => lmdbValues.putSync('gone', Buffer.concat([mark, value]))))
  root.transactionSync(() => lmdbValues.removeSync('gone'))
  await root.flushed
  if (statSync(file).size > 2 ** 31) return console.log('traces: the file is too large for this search, take fewer users')
  console.log('traces of a removed value in the file', tracesIn(file, mark))
  const copy = join(folder, 'copy.mdb')
  const before = performance.now()
  await root.backup(copy, true)
  console.log('seconds for a copy without freed pages', (performance.now() - before) / 1000, 'traces', tracesIn(copy, mark))
}

try {
  const inMemory = fill((user) => {
    values.set(user, Buffer.from(value))
    events.append(user, kept)
  })
  const inLmdb = root.transactionSync(() =>
    fill((user) => {
      lmdbValues.putSync(user, value)
      lmdbEvents.putSync(user, kept)
    }),
  )
  console.log('growth of resident memory in MiB:', inMemory, 'memory,', inLmdb, 'LMDB; file', statSync(file).size / 2 ** 20)
  const found = Object.keys(cases).map(() => [])
  for (let round = -2; round < ROUNDS; round++)
    for (const [i, step] of Object.values(cases).entries()) {
      const each = cpuMicroseconds(step) / EVENTS
      if (round >= 0) found[i].push(each)
    }
  for (const [i, name] of Object.keys(cases).entries()) {
    const sorted = found[i].toSorted((a, b) => a - b)
    console.log(name, 'µs of CPU time:', sorted[sorted.length >> 1], 'from', sorted[0], 'to', sorted.at(-1))
  }
  await measureErasure()
} finally {
  await root.close()
  rmSync(folder, { recursive: true, force: true })
}
