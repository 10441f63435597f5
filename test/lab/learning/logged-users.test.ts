import { describe, expect, it } from 'vitest'
import { findNextItems } from '../../../lab/learning/next-items.ts'
import { playLog } from '../../../lab/learning/play-log.ts'
import { featureMatrix } from '../../../src/accumulators/accumulator-set.ts'
import { defineDomain } from '../../../src/domain/define-domain.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import type { Service } from '../../../src/service/service.ts'
import type { SlateRequest } from '../../../src/slate/slate.ts'
import { HOUR } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'

const START = Date.UTC(2024, 5, 3)
const NAMES = ['user_member', 'user_visits', 'context_night']
const domain = defineDomain({
  name: 'declared',
  extends: 'e-commerce',
  userAttributes: { member: 'flag', visits: 'number' },
  contextAttributes: { night: 'flag' },
})

const view = (n: number, userId: string, eventAttributes: object = {}): LoggedEvent => ({
  ...{ eventId: `e${n}`, userId, sessionId: `s-${userId}`, eventType: 'view', itemId: `i${n % 4}` },
  ...{ timestamp: START + n * HOUR, eventAttributes },
})

/** The features of the user and the context at each opening and after each event that a next one follows. */
async function play(events: readonly LoggedEvent[], users: readonly object[]) {
  const data = loggedFolder(events, { users })
  const next = await findNextItems(data.events(noProblems()), () => true)
  const seen: Record<string, number[]> = {}
  const look = (when: string) => async (moment: { number: number; request: SlateRequest }, service: Service) => {
    const { input } = await service.recommender.candidates(moment.request, ['i0'])
    const features = NAMES.map((name) => service.accumulators.features.get(name)!)
    seen[`${when} ${moment.number}`] = [...featureMatrix(features, input).subarray(0, NAMES.length)]
  }
  await playLog({ data, domain, opened: { byEvent: next.firsts, onOpened: look('before') } }, next, look('after'))
  return { seen, data }
}

describe('the users of a data folder', () => {
  it('are known from their first event on, or from the time in their line on', async () => {
    const events = [view(0, 'ann'), view(1, 'bob'), view(2, 'ann'), view(3, 'bob'), view(4, 'ann')]
    const { seen } = await play(events, [
      { userId: 'ann', attributes: { member: true } },
      { userId: 'bob', attributes: { visits: 1 }, timestamp: START },
      { userId: 'bob', attributes: { visits: 2, member: false }, timestamp: START + 3 * HOUR },
      { userId: 'never', attributes: { member: true } },
    ])
    const none = Number.NaN
    expect(seen).toEqual({
      'after 0': [1, none, none],
      'before 1': [none, 1, none],
      'after 1': [none, 1, none],
      'after 2': [1, none, none],
    })
    const later = await play(
      [...events, view(5, 'bob')],
      [{ userId: 'bob', attributes: { visits: 2, member: false }, timestamp: START + 3 * HOUR }],
    )
    expect(later.seen).toMatchObject({ 'after 1': [none, none, none], 'after 3': [0, 2, none] })
  })

  it('have no attributes if they opted out, but have their events', async () => {
    const { seen } = await play(
      [view(0, 'ann'), view(1, 'ann'), view(2, 'ann')],
      [{ userId: 'ann', attributes: { member: true }, optOut: true }],
    )
    expect(seen).toMatchObject({ 'after 0': [Number.NaN, Number.NaN, Number.NaN] })
  })

  it('are refused with their name if a line is broken, or if the service refuses it', async () => {
    const events = [view(0, 'ann'), view(1, 'ann')]
    await expect(play(events, [{ userId: 'ann', attributes: 7 }])).rejects.toThrow(/users\.jsonl:1: attributes/)
    const large = { text: 'x'.repeat(100_000) }
    await expect(play(events, [{ userId: 'ann', attributes: large }])).rejects.toThrow(/user ann was refused/)
  })

  it('change the hash of the folder', async () => {
    const events = [view(0, 'ann'), view(1, 'ann')]
    const hashes = await Promise.all(
      [true, false].map(async (member) => (await play(events, [{ userId: 'ann', attributes: { member } }])).data.hash()),
    )
    expect(hashes[0]).not.toBe(hashes[1])
  })
})

describe('the context of requests', () => {
  it('has the attributes of the event that the domain declares', async () => {
    const events = [view(0, 'ann'), view(1, 'bob', { night: true }), view(2, 'bob', { night: 'yes' }), view(3, 'bob')]
    const { seen } = await play(events, [])
    expect(seen).toMatchObject({
      'after 1': [Number.NaN, Number.NaN, 1],
      'before 1': [Number.NaN, Number.NaN, 1],
      'after 2': [Number.NaN, Number.NaN, Number.NaN],
    })
  })
})
