/** Pages to which a shopper goes next. */
export type Page = 'home' | 'search' | 'category'

/** Running sums of the shares of the home page and of searches; category pages have the rest. */
const SHARES = {
  browsing: { arriving: [0.6, 0.75], later: [0.4, 0.75] },
  searching: { arriving: [0.3, 0.85], later: [0.2, 0.85] },
} as const

/**
 * Returns the next page.
 * @param draw uniform, 0 to 1
 * @param arriving whether it is the first page of a visit
 * @param searching whether the simulation is about searches: shoppers then search more
 */
export function nextPage(draw: number, arriving: boolean, searching: boolean): Page {
  const [home, search] = SHARES[searching ? 'searching' : 'browsing'][arriving ? 'arriving' : 'later']
  if (draw < home) return 'home'
  return draw < search ? 'search' : 'category'
}
