import type { Domain } from '../../src/domain/domain.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { asker, type openTestService, type ServiceSettings } from './server.ts'
import { SettableClock } from './settable-clock.ts'
import { itemIds, RECOMMEND, slateOf } from './slate-answer.ts'

/** An event: its type, its item, and its user, who is `me` if absent. */
type Act = readonly [eventType: string, itemId: string, userId?: string]

/**
 * Opens a service of a domain with items, on a clock that moves by 1 ms with each event. The user `me` asks for slates.
 * @param items ids of the items, one letter each
 * @param more settings of the service, and the attributes of all items
 */
export async function visitSite(
  open: typeof openTestService,
  domain: Domain,
  items: string,
  more: ServiceSettings & { attributes?: JsonObject } = {},
) {
  const { attributes = {}, ...settings } = more
  const clock = new SettableClock()
  const service = await open({ clock, domain, ...settings })
  const ids = [...items]
  await service.uploads.upsertItems(ids.map((itemId) => ({ itemId, attributes })))
  const ask = asker(service)
  const act = async (...events: Act[]) => {
    for (const [eventType, itemId, userId = 'me'] of events) {
      clock.advance(1)
      await service.ingest.record([{ userId, eventType, itemId, timestamp: clock.now() }])
    }
    await service.store.settle()
  }
  const slate = async (surface: string | undefined, more: object = {}) =>
    slateOf(await ask(RECOMMEND, { input: { userId: 'me', surface, first: ids.length, ...more } }))
  const shown = async (...args: Parameters<typeof slate>) => itemIds(await slate(...args)).join('')
  /** The items that a slate lacks, in the order of the catalogue. */
  const missing = async (surface?: string, more?: object) => {
    const inSlate = await shown(surface, more)
    return ids.filter((itemId) => !inSlate.includes(itemId)).join('')
  }
  return { service, clock, act, slate, shown, missing }
}
