import { definitionOf } from './definition.ts'
import { eCommerce } from './e-commerce.ts'
import { extendDomain } from './extend-domain.ts'

/** Seen in this session, and left. What was bought last is due again at the next visit. */
const LOOKED_AT = { types: ['view', 'click'], within: { session: true as const } }
/** In this basket already. */
const IN_BASKET = { types: ['add_to_cart', 'purchase'], within: { session: true as const } }

/** The built-in domain of a grocer, a drugstore or a pet shop: people buy the same again and again. */
export const groceries = extendDomain(definitionOf(eCommerce)!, {
  name: 'groceries',
  seen: [LOOKED_AT, IN_BASKET],
  surfaces: {
    home: { seen: [LOOKED_AT, IN_BASKET] },
    cart: { sources: { buy_again: 100 }, seen: [IN_BASKET] },
  },
  // What a household needs twice a year is bought again.
  expiry: { user: '365d', pair: '180d' },
})
