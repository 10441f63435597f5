import type { Client } from '@urql/core'
import {
  ShopPanelFeaturesDocument,
  type ShopPanelFeaturesSubscription,
  ShopPanelSlateDocument,
  type ShopPanelSlateSubscription,
} from '../../generated/shop.ts'
import { SHOWN_ATTRIBUTES } from './product.ts'
import { Store } from './store.ts'

/** Features that the panel shows. */
const FEATURES = [
  'user_category_share',
  'user_brand_share',
  'user_price_mean',
  'user_events',
  'session_length',
  'session_views',
  'session_carts',
  'session_purchases',
]

/** A slate of the home page, as the panel shows it. */
export type PanelSlate = ShopPanelSlateSubscription['recommendations']

/** Values of features of the user, by their names. */
export type PanelFeatures = ReadonlyMap<string, ShopPanelFeaturesSubscription['userFeatures']['features'][number]>

/** A slate and the one before it. */
export interface Reranking {
  readonly slate: PanelSlate
  /** Undefined for the first slate. */
  readonly before: PanelSlate | undefined
}

export interface PanelFeedOptions {
  readonly api: Client
  readonly userId: string
  /** Called when a slate has come. */
  readonly onSlate: (slate: PanelSlate) => void
}

/** What the service tells about a user: each new slate of the home page, also if its order is the same, and the features. */
export class PanelFeed {
  readonly reranking = new Store<Reranking | undefined>(undefined)
  readonly features = new Store<PanelFeatures | undefined>(undefined)
  readonly #stop: readonly (() => void)[]

  constructor({ api, userId, onSlate }: PanelFeedOptions) {
    const slates = api.subscription(ShopPanelSlateDocument, { userId, attributes: SHOWN_ATTRIBUTES }).subscribe(({ data }) => {
      if (!data) return
      onSlate(data.recommendations)
      this.#show(data.recommendations)
    })
    const features = api.subscription(ShopPanelFeaturesDocument, { userId, names: FEATURES }).subscribe(({ data }) => {
      if (data) this.features.set(new Map(data.userFeatures.features.map((feature) => [feature.name, feature])))
    })
    this.#stop = [slates.unsubscribe, features.unsubscribe]
  }

  close(): void {
    for (const stop of this.#stop) stop()
  }

  #show(slate: PanelSlate): void {
    const shown = this.reranking.value?.slate
    // After a lost connection, the same slate comes once more.
    if (shown?.recommendationId !== slate.recommendationId) this.reranking.set({ slate, before: shown })
  }
}
