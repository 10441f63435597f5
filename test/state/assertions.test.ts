import { describe, expect, it } from 'vitest'
import { COHORT_SHARES } from '../../src/accumulators/cohort-shares.ts'
import { CountTable, keyOf } from '../../src/accumulators/counted-events.ts'
import { swapUntilCommitted } from '../../src/events/swap.ts'
import { failedInvariants, type InvariantName } from '../../src/invariant.ts'
import { KnownIdentities } from '../../src/state/embedded/known-identities.ts'
import { SlateIndex } from '../../src/state/embedded/slate-index.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { Increments } from '../../src/state/increments.ts'
import { STORED_NONCES } from '../../src/state/log/not-counted.ts'
import { foldCall } from '../../src/state/redis/fold-call.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { identityScore } from '../../src/state/redis/scripts/identity-score.ts'
import { SharedSums } from '../../src/state/shared-sums.ts'
import { encodeSlate } from '../../src/state/slate-codec.ts'
import { decayedSum, itemKey, SlotLayout } from '../../src/state/slots.ts'
import type { Swap } from '../../src/state/store.ts'
import { tablePart, UserValue } from '../../src/state/user-value.ts'
import { stampOf, UserValueCodec } from '../../src/state/user-value-codec.ts'
import { DAY } from '../../src/time-units.ts'

const ANN = { kind: 'user', id: 'ann' } as const
const LAYOUT = new SlotLayout([], [])
const IDENTITY = { hash: 'twelve bytes', nonce: 1 }

/** Fails unless the operation is rejected by this assertion, and counted. */
async function expectRejected(name: InvariantName, operation: () => unknown): Promise<void> {
  const before = failedInvariants().get(name) ?? 0
  await expect((async () => operation())()).rejects.toMatchObject({ code: 'INVARIANT', invariant: name })
  expect(failedInvariants().get(name)).toBe(before + 1)
}

describe('a failed assertion rejects the operation, and is counted:', () => {
  const held = Buffer.from('12345678 held')
  const value = Buffer.from('abcdefgh new')
  const expected = stampOf(held)
  const sound: Swap = {
    ...{ subject: ANN, expected, value, expiresIn: 0, identities: [], now: 0, increments: undefined, signal: undefined },
    entry: () => ({ kind: 'user', id: 'ann', at: 0, version: 1, upload: {} }),
  }

  it.each<[InvariantName, Partial<Swap>]>([
    ['STAMP_KEPT', { value: Buffer.from('12345678 new') }],
    ['SWAP_OF_ANOTHER', { subject: { kind: 'user', id: 'ben' } }],
    ['EXPIRY_OUT_OF_RANGE', { expiresIn: Number.NaN }],
    ['IDENTITY_TWICE', { identities: [IDENTITY, { ...IDENTITY, nonce: 2 }] }],
  ])('%s of a swap, and the store keeps the value', async (name, wrong) => {
    const store = new MemoryStore({ layout: LAYOUT, lateness: DAY, wall: () => 0 })
    store.restoreValue(ANN, held)
    const swap = (part: Partial<Swap>) =>
      swapUntilCommitted(
        store,
        ANN,
        undefined,
        () => ({ ...sound, ...part }),
        () => 0,
      )
    await expectRejected(name, () => swap(wrong))
    expect(await store.readValues([ANN])).toEqual([held])
    expect(await swap({})).toEqual({ status: 'committed' })
    expect(await store.readValues([ANN])).toEqual([value])
  })

  it('NONCES_MISCOUNTED of event ids that a store knows', () => {
    const store = new MemoryStore({ layout: LAYOUT, lateness: DAY, wall: () => 0 })
    store.swap = async () => ({ status: 'known', nonces: [1, 2] })
    const swap = { ...sound, expected: '', identities: [IDENTITY] }
    return expectRejected('NONCES_MISCOUNTED', () =>
      swapUntilCommitted(
        store,
        ANN,
        undefined,
        () => swap,
        () => 0,
      ),
    )
  })

  it('USER_DROPPED of a user, whose value stays', async () => {
    const store = new MemoryStore({ layout: LAYOUT, lateness: DAY, wall: () => 0 })
    store.restoreValue(ANN, held)
    await expectRejected('USER_DROPPED', () => store.dropValues([ANN]))
    expect(await store.readValues([ANN])).toEqual([held])
  })

  it('SLATE_WITHOUT_TIME of a slate to keep', () =>
    expectRejected('SLATE_WITHOUT_TIME', () => encodeSlate('0a-1', {}, Number.NaN)))

  it('ROW_TOO_WIDE of a row of sums that is read back', () => {
    const views = decayedSum('item', 'views', DAY)
    const layout = new SlotLayout([views], [])
    const increments = new Increments(layout)
    increments.addDecayed(views, itemKey('i'), 1, 1)
    const sums = new SharedSums(layout)
    sums.apply(increments)
    return expectRejected('ROW_TOO_WIDE', () => sums.rows([itemKey('i')], layout.width('item') - 1))
  })

  it('COLUMNS_DIFFER of a table in a value', async () => {
    const pairs = tablePart('pairs', 1, { item: 'text', views: 'count' })
    const user = new UserValue()
    user.get(pairs).item.push('a')
    await expectRejected('COLUMNS_DIFFER', () => new UserValueCodec([pairs as never]).encode(user, new Uint8Array(8)))
  })

  it('NONCE_OUT_OF_RANGE of an event id', () =>
    expectRejected('NONCE_OUT_OF_RANGE', () => identityScore(Date.UTC(2026, 0, 1), STORED_NONCES)))

  it('IDENTITY_CUT_OFF of event ids that are read back', () =>
    expectRejected('IDENTITY_CUT_OFF', () =>
      new KnownIdentities(DAY).restore({ day: 1, reason: undefined, hashes: new Uint8Array(16) }),
    ))

  it('SLATE_REMOVED_TWICE of a kept slate', async () => {
    const index = new SlateIndex()
    const entry = index.add('slate', 'ann', { page: 0, offset: 0, at: 0, isNamed: false })
    index.remove(entry)
    await expectRejected('SLATE_REMOVED_TWICE', () => index.remove(entry))
    expect(index.size).toBe(0)
  })

  it('FOLD_GOES_BACK of a range of the log', () => {
    const keys = new RedisKeys({ partitions: 1, shards: 1 }, 'p')
    const range = { partition: 0, from: '5-1', to: '5-0' }
    const parts = { keys, layout: LAYOUT, expiresIn: DAY }
    return expectRejected('FOLD_GOES_BACK', () => foldCall(parts, { store: 's', run: '' }, 0, [range], new Increments(LAYOUT)))
  })

  it('COUNT_NOT_WHOLE of a counting limit', () =>
    expectRejected('COUNT_NOT_WHOLE', () => new CountTable(4).add(keyOf('i'), 1, 0.5, 0, 2)))

  it('SHARE_UNKNOWN of a share of a cohort, and the others stay', async () => {
    const shares = COHORT_SHARES.empty()
    const share = { item: 'i', weight: 1, hour: 0, category: '', profile: ['city=Graz'] }
    shares.insert(share)
    await expectRejected('SHARE_UNKNOWN', () => shares.remove({ ...share }))
    expect(shares.shares).toEqual([share])
  })
})
