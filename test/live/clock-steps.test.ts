import { expect, it } from 'vitest'
import { HOUR } from '../../src/time-units.ts'
import { onEachStore } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { connect, serve, TRANSPORTS } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { LIVE, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'

const STATUS = 'query { status { clockSteps eventToSlateMs { p99 } } }'

onEachStore('when the wall clock steps', (open) => {
  it.each([-HOUR, -20_000, HOUR])('by %d ms, an open stream continues', async (step) => {
    const clock = new SettableClock(Date.now())
    const service = await open({ clock })
    await service.uploads.upsertItems(['i1', 'i2'].map((itemId) => ({ itemId, attributes: {} })))
    const { url } = await serve(service)
    const view = (eventId: string) => post(url, RECORD, { input: { eventId, userId: 'me', itemId: 'i1', eventType: 'view' } })
    const stream = connect(TRANSPORTS['graphql-transport-ws'], url).subscribe(LIVE, { input: { userId: 'me', first: 2 } })
    expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
    let version = 0
    for (const eventId of ['e1', 'e2', 'e3']) {
      if (eventId === 'e2') clock.step(step)
      clock.advance(200)
      const recorded = recordedOf(await view(eventId))
      expect(recorded.userVersion).toBeGreaterThan(version)
      version = recorded.userVersion
      expect(slateOf(await stream.next())).toMatchObject({ version, latestEventId: eventId })
    }
    // A step is no latency: three slates answered within the test, whatever the wall clock says.
    expect(await post(url, STATUS)).toMatchObject({
      data: {
        status: { clockSteps: Math.abs(step) === HOUR ? 1 : 0, eventToSlateMs: { p99: expect.toSatisfy((ms) => ms < 20_000) } },
      },
    })
  })
})
