import { type PlantedTastes, plantTastes, type TasteName } from './planted-tastes.ts'
import { createShop, type Shop } from './shop.ts'
import { createShoppers, type Shopper } from './shopper.ts'

/** Parameters of a simulated shop and of the shoppers who come to it. */
export interface ShopWithShoppersOptions {
  readonly seed: number
  readonly items: number
  readonly shoppers: number
  /** Days over which items and shoppers arrive. */
  readonly days: number
  /** Milliseconds since 1970. */
  readonly startsAt: number
  /** Tastes that depend on attributes of shoppers. Undefined: shoppers have no attributes. */
  readonly tastes?: readonly TasteName[] | undefined
  /** See `PlantedTastesOptions`. */
  readonly tasteStrength?: number | undefined
}

/** A simulated shop, and the shoppers who come to it. */
export interface ShopWithShoppers {
  readonly shop: Shop
  readonly shoppers: readonly Shopper[]
}

/** A shop in which tastes depend on attributes, so that all shoppers have attributes. */
export interface PlantedShop extends ShopWithShoppers {
  readonly planted: PlantedTastes
}

/** Makes a shop and its shoppers, with the planted tastes that the options name. All else is the same without them. */
export function createShopWithShoppers(options: ShopWithShoppersOptions): ShopWithShoppers {
  const { seed, startsAt, items, days, tastes } = options
  if (tastes) return createPlantedShop({ ...options, tastes })
  const shop = createShop({ seed, startsAt, items, days })
  return { shop, shoppers: createShoppers(shop, { seed, count: options.shoppers, days }) }
}

/** Makes a shop and its shoppers with planted tastes. */
export function createPlantedShop(options: ShopWithShoppersOptions & { readonly tastes: readonly TasteName[] }): PlantedShop {
  const { seed, startsAt, items, days, tastes, tasteStrength: strength = 1 } = options
  const shop = createShop({ seed, startsAt, items, days, hasSizes: tastes.includes('size') })
  const { categories, brands } = shop
  const planted = plantTastes({ seed, categories, brands, tastes, strength })
  return { shop, shoppers: createShoppers(shop, { seed, count: options.shoppers, days, planted }), planted }
}
