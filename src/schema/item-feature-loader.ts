import DataLoader from 'dataloader'
import type { Feature } from '../accumulators/accumulator.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import { featureValues, missingValues, type NamedValue } from '../analysis/feature-values.ts'
import type { Service } from '../service/service.ts'
import { readFeatureInput } from '../slate/read-feature-input.ts'
import { UserValue } from '../state/user-value.ts'

interface ItemRow {
  readonly input: FeatureInput
  readonly row: number
}

/** Loads features of items, in one batch for all items of an answer. */
export class ItemFeatureLoader {
  readonly #service: Service
  readonly #rows: DataLoader<string, ItemRow>

  constructor(service: Service) {
    this.#service = service
    this.#rows = new DataLoader(
      async (itemIds) => {
        const { store, accumulators, domain, catalogue, clock } = service
        const request = { now: clock.now(), user: new UserValue(), session: undefined, itemIds }
        const input = await readFeatureInput(request, store, accumulators, domain, catalogue)
        return itemIds.map((_, row) => ({ input, row }))
      },
      { maxBatchSize: 500 },
    )
  }

  /** Returns feature values of an item; null for an item that neither the catalogue nor an event knows. */
  async values(itemId: string, features: readonly Feature[]): Promise<NamedValue[]> {
    const { input, row } = await this.#rows.load(itemId)
    const known = this.#service.catalogue.get(itemId) !== undefined || input.items.firstSeen(row) > 0
    return known ? featureValues(features, input, row) : missingValues(features)
  }
}
