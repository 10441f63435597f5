import { SharedSums } from '../shared-sums.ts'
import type { SlotLayout } from '../slots.ts'
import type { MemoryFigures } from '../store-figures.ts'
import type { Subject } from '../subject.ts'
import { UserSample } from '../user-sample.ts'
import { KeptSlates } from './kept-slates.ts'
import { KnownIdentities } from './known-identities.ts'
import { InsertionOrderedBytes, KeyNumbers } from './packed-bytes.ts'

/** All data of an embedded store. */
export class MemoryContents {
  /** Of users: whoever has events has a value as well. */
  readonly #userIds = new KeyNumbers()
  readonly values: Readonly<Record<Subject['kind'], InsertionOrderedBytes>> = {
    user: new InsertionOrderedBytes(this.#userIds),
    item: new InsertionOrderedBytes(),
    list: new InsertionOrderedBytes(),
    models: new InsertionOrderedBytes(),
    rules: new InsertionOrderedBytes(),
    keys: new InsertionOrderedBytes(),
    audit: new InsertionOrderedBytes(),
    neighbours: new InsertionOrderedBytes(),
  }
  readonly sums: SharedSums
  readonly identities: KnownIdentities
  /** Packed events by user. */
  readonly events = new InsertionOrderedBytes(this.#userIds)
  readonly sample = new UserSample()
  readonly slates = new KeptSlates()

  /** @param lateness time for which an event id stays known, in ms */
  constructor(layout: SlotLayout, lateness: number) {
    this.sums = new SharedSums(layout)
    this.identities = new KnownIdentities(lateness)
  }

  /** Fixes the moment that the next snapshot shows. */
  freeze(): void {
    for (const map of this.#maps()) map.freeze()
  }

  thaw(): void {
    for (const map of this.#maps()) map.thaw()
  }

  /** Reads how much there is. */
  figures(): MemoryFigures {
    const { values, events, sums, slates } = this
    const { count, bytes } = this.identities.figures
    const [users, items] = [values.user, values.item]
    return {
      entries: {
        users: users.size,
        items: items.size,
        events: events.size,
        event_ids: count,
        sums: sums.entities.size,
        slates: slates.size,
      },
      bytes: () => ({
        users: users.allocated,
        items: items.allocated,
        events: events.allocated,
        event_ids: bytes,
        sums: sums.allocated,
        slates: slates.allocated,
      }),
    }
  }

  #maps(): { freeze(): void; thaw(): void }[] {
    return [...Object.values(this.values), this.sums.entities, this.events]
  }
}
