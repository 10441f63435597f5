import { describe, expect, it } from 'vitest'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'

const MINUTE = 60_000
const QUERY = /* GraphQL */ `
  query ($sessionId: ID, $names: [String!]) {
    sessionFeatures(userId: "me", sessionId: $sessionId, names: $names) {
      userId sessionId features { name value breakdown { key value } }
    }
  }
`

onEachStoreWhenLong('features of a session', (open) => {
  const openShop = async () => {
    const clock = new SettableClock()
    const service = await open({ clock })
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: { category: 'lamp' } }])
    const view = (sessionId?: string) =>
      service.ingest.record([{ userId: 'me', itemId: 'i1', eventType: 'view', ...(sessionId && { sessionId }) }])
    return { clock, ask: asker(service), view }
  }

  it('are those of the named session, or of the latest one', async () => {
    const { clock, ask, view } = await openShop()
    await view('phone')
    clock.advance(MINUTE)
    await view('laptop')
    await view('laptop')
    const names = ['session_length', 'session_seconds', 'session_category_share']
    const session = (sessionId: string, length: number, seconds: number) => ({
      data: {
        sessionFeatures: {
          userId: 'me',
          sessionId,
          features: [
            { name: 'session_length', value: length, breakdown: null },
            { name: 'session_seconds', value: seconds, breakdown: null },
            { name: 'session_category_share', value: null, breakdown: [{ key: 'lamp', value: 1 }] },
          ],
        },
      },
    })
    expect(await ask(QUERY, { names })).toEqual(session('laptop', 2, 0))
    expect(await ask(QUERY, { names, sessionId: 'phone' })).toEqual(session('phone', 1, 60))
    expect(await ask(QUERY, { names, sessionId: 'tablet' })).toEqual({ data: { sessionFeatures: null } })
  })

  it('are null after the end of the session, and for a user without a session', async () => {
    const { clock, ask, view } = await openShop()
    expect(await ask(QUERY)).toEqual({ data: { sessionFeatures: null } })
    await view()
    clock.advance(30 * MINUTE)
    expect((await ask(QUERY)).data?.sessionFeatures).toMatchObject({ sessionId: '' })
    clock.advance(1)
    expect(await ask(QUERY)).toEqual({ data: { sessionFeatures: null } })
  })
})

describe('names of features of a session', () => {
  onEachStoreWhenLong('that do not exist', (open) => {
    it('are refused, whether or not there is a session', async () => {
      const ask = asker(await open())
      for (const wrong of ['no_such_feature', 'user_events']) {
        const { errors } = await ask(QUERY, { names: ['session_length', wrong] })
        expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
        expect(errors?.[0].message).toContain(wrong)
      }
    })
  })
})
