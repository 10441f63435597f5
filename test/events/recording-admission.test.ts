import type { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CROWD, RecordingAdmission } from '../../src/events/arriving-event.ts'
import { onEachStore } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { overload } from '../support/overloaded.ts'
import { serve } from '../support/server.ts'

/** A process whose time and work the test decides. */
class GivenLoad {
  #now = 0
  #active = 0

  /** @param busy share of the time in which the process works */
  pass(ms: number, busy: number): void {
    this.#now += ms
    this.#active += ms * busy
  }

  now(): number {
    return this.#now
  }

  utilization(since?: ReturnType<typeof performance.eventLoopUtilization>) {
    const active = this.#active - (since?.active ?? 0)
    const idle = this.#now - this.#active - (since?.idle ?? 0)
    return { active, idle, utilization: active + idle > 0 ? active / (active + idle) : 0 }
  }
}

/** Lets a crowd begin in each turn of so many ms, and answers it at the end of the turn. @returns calls that were refused, by turn */
function crowds(admission: RecordingAdmission, load: GivenLoad, turns: number, turnMs: number, busy: number): number[] {
  return Array.from({ length: turns }, () => {
    let begun = 0
    for (let call = 0; call < CROWD * 4; call++) if (admission.begin()) begun++
    load.pass(turnMs, busy)
    for (let call = 0; call < begun; call++) admission.end()
    return CROWD * 4 - begun
  })
}

describe('the admission of calls that record events', () => {
  it('lets half a second of a crowd in, then refuses all but a few, and forgets it after a second of calm', () => {
    const load = new GivenLoad()
    const admission = new RecordingAdmission(load)
    const refused = crowds(admission, load, 20, 100, 1)
    expect(refused).toEqual([...Array(5).fill(0), ...Array(15).fill(CROWD * 3)])
    load.pass(1000, 0)
    expect(crowds(admission, load, 5, 100, 1)).toEqual(Array(5).fill(0))
  })

  it('refuses nothing in a process that waits for its store', () => {
    const load = new GivenLoad()
    expect(crowds(new RecordingAdmission(load), load, 100, 100, 0.5)).toEqual(Array(100).fill(0))
  })

  it('never refuses with fewer calls than a crowd, and never more than all above it', () => {
    const step = fc.record({
      calls: fc.integer({ min: 0, max: 3 * CROWD }),
      ms: fc.integer({ min: 0, max: 2000 }),
      busy: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const load = new GivenLoad()
        const admission = new RecordingAdmission(load)
        for (const { calls, ms, busy } of steps) {
          let begun = 0
          for (let call = 0; call < calls; call++) {
            if (admission.begin()) begun++
            else expect(begun).toBeGreaterThanOrEqual(CROWD)
          }
          expect(begun).toBeGreaterThanOrEqual(Math.min(calls, CROWD))
          load.pass(ms, busy)
          for (let call = 0; call < begun; call++) admission.end()
        }
      }),
    )
  })
})

const RECORD = `mutation ($i: RecordEventInput!) {
  recordEvent(input: $i) { __typename ... on RecordEventPayload { duplicate } ... on Error { code } }
}`
const RECORDED = { recordEvent: { __typename: 'RecordEventPayload', duplicate: false } }

onEachStore('a busy process to which more events come than it can record', (open) => {
  it('refuses further ones at once, says when to send them again, and then records each of them once', async () => {
    const service = await open()
    const { url } = await serve(service)
    const { ingest } = service
    const send = (eventId: string) =>
      post(url, RECORD, { i: { userId: `u${eventId}`, eventId, eventType: 'view', itemId: 'i1' } })
    const { finish } = await overload(service, async (eventId) => {
      const { data, errors } = await send(eventId)
      if (errors) expect(errors[0]).toMatchObject({ extensions: { code: 'UNAVAILABLE', retryAfterMs: 2000 } })
      else expect(data).toEqual(RECORDED)
      return errors !== undefined
    })
    expect(ingest.unanswered).toBeGreaterThanOrEqual(CROWD)
    const refused = await finish()
    for (const eventId of refused) expect((await send(eventId)).data).toEqual(RECORDED)
    expect((await send('e0')).data).toEqual({ recordEvent: { ...RECORDED.recordEvent, duplicate: true } })
    expect(ingest.unanswered).toBe(0)
  })
})
