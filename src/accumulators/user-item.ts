import { filterRows, insertRow, placeRow, removeRow, type Table } from '../state/column-codec.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import type { Accumulator, Feature, Reduction } from './accumulator.ts'
import { ACTIONS, type ActedItem, type EventRole, KEPT_ITEMS } from './event-meaning.ts'
import { oncePerInput } from './feature-input.ts'

const PAIR_COLUMNS = {
  item: 'text',
  views: 'count',
  clicks: 'count',
  carts: 'count',
  purchases: 'count',
  others: 'count',
  lastView: 'time',
  lastCart: 'time',
  lastPurchase: 'time',
  last: 'time',
} as const

const COUNTS = ['views', 'clicks', 'carts', 'purchases', 'others'] as const
const TIMES = ['lastView', 'lastCart', 'lastPurchase', 'last'] as const
const NO_ACTIONS = { views: 0, clicks: 0, carts: 0, purchases: 0, others: 0, lastView: 0, lastCart: 0, lastPurchase: 0, last: 0 }

/** Dismissed items would take the places of others. */
const ROLES: readonly EventRole[] = ['impression', ...ACTIONS]

/** Items that the user acted on, latest action first, by time: what came late stands where it belongs. */
export const PAIRS = tablePart('pairs', 1, PAIR_COLUMNS)

/** Items that were shown to the user, latest impression first: how often since the last action on them, and when. */
const SHOWN = tablePart('shown', 1, { item: 'text', ignored: 'count', last: 'time' })

/** Returns the number of the user's actions on the item; 0 if the last action was before `limit`, in ms. */
export function interactions(user: UserValue, itemId: string, limit: number): number {
  const pairs = user.get(PAIRS)
  const row = pairs.item.indexOf(itemId)
  return row < 0 || pairs.last[row] < limit ? 0 : actionsOf(pairs, row)
}

/** Returns the number of counted actions of a row: 0 if the user has only taken the item out of the cart, or rated it low. */
function actionsOf({ views, clicks, carts, purchases, others }: Table<typeof PAIR_COLUMNS>, row: number): number {
  return views[row] + clicks[row] + carts[row] + purchases[row] + others[row]
}

/** Returns the items that the user acted on within `ttl` ms, latest first, with the time of the latest action. */
export function recentlySeen(user: UserValue, now: number, ttl: number): ActedItem[] {
  const { item, last } = user.get(PAIRS)
  return item.map((itemId, row) => ({ itemId, at: last[row] })).filter(({ at }) => at >= now - ttl)
}

/** Returns the same without items on which no action shows interest. */
export function recentlyLiked(user: UserValue, now: number, ttl: number): ActedItem[] {
  const pairs = user.get(PAIRS)
  return recentlySeen(user, now, ttl).filter((_, row) => actionsOf(pairs, row) > 0)
}

/** Returns the items that were shown to the user within `ttl` ms, latest first, with the time of the latest impression. */
export function shownItems(user: UserValue, now: number, ttl: number): ActedItem[] {
  const { item, last } = user.get(SHOWN)
  return item.map((itemId, row) => ({ itemId, at: last[row] })).filter(({ at }) => at >= now - ttl)
}

/**
 * Returns the items that the user viewed, or clicked, within `ttl` ms, latest first, with the time of the latest view or click. Of an
 * item with both, it does not know the time of each.
 */
export function lookedAt(user: UserValue, now: number, ttl: number, roles: ReadonlySet<EventRole>): ActedItem[] {
  const { item, views, clicks, lastView } = user.get(PAIRS)
  const [ofViews, ofClicks] = [roles.has('view'), roles.has('click')]
  const items: ActedItem[] = []
  for (let row = 0; row < item.length; row++)
    if (lastView[row] >= now - ttl && ((ofViews && views[row] > 0) || (ofClicks && clicks[row] > 0)))
      items.push({ itemId: item[row], at: lastView[row] })
  return items.sort((a, b) => b.at - a.at)
}

/** Returns the items that the user bought, among those acted on within `ttl` ms. */
export function purchased(user: UserValue, now: number, ttl: number): string[] {
  const { item, purchases, last } = user.get(PAIRS)
  return item.filter((_, row) => purchases[row] > 0 && last[row] >= now - ttl)
}

/**
 * Returns the items shown to the user within `ttl` ms and not acted on since: the number of impressions, and the time of the last
 * one in ms.
 */
export function ignoredItems(user: UserValue, now: number, ttl: number): { itemId: string; times: number; at: number }[] {
  const { item, ignored, last } = user.get(SHOWN)
  const shown = item.map((itemId, row) => ({ itemId, times: ignored[row], at: last[row] }))
  return shown.filter(({ times, at }) => times > 0 && at >= now - ttl)
}

function reduce(reduction: Reduction): void {
  const { meaning, facts, user, time, expiry } = reduction
  if (!ROLES.includes(meaning.role)) return
  const pairs = user.get(PAIRS)
  const shown = user.get(SHOWN)
  const limit = time - expiry.pair
  if (pairs.last.length > 0 && pairs.last[pairs.last.length - 1] < limit) {
    filterRows(pairs, pairs.item.length, (row) => pairs.last[row] >= limit)
  }
  if (shown.last.length > 0 && shown.last[shown.last.length - 1] < limit) {
    filterRows(shown, shown.item.length, (row) => shown.last[row] >= limit)
  }
  if (meaning.role === 'impression') for (const { itemId } of facts.items) show(reduction, itemId)
  else for (const { itemId } of facts.items) act(reduction, itemId)
}

function show({ user, time, expiry }: Reduction, itemId: string): void {
  const shown = user.get(SHOWN)
  let row = shown.item.indexOf(itemId)
  if (row < 0) {
    insertRow(shown, 0, { item: itemId, ignored: 0, last: time })
    row = 0
  } else if (shown.last[row] < time - expiry.pair) shown.ignored[row] = 0
  shown.ignored[row]++
  shown.last[row] = Math.max(shown.last[row], time)
  placeRow(shown, row, 'last')
  if (shown.item.length > KEPT_ITEMS) removeRow(shown, shown.item.length - 1)
}

function act({ user, meaning, time, expiry }: Reduction, itemId: string): void {
  const pairs = user.get(PAIRS)
  let row = pairs.item.indexOf(itemId)
  if (row >= 0 && pairs.last[row] < time - expiry.pair) {
    removeRow(pairs, row)
    row = -1
  }
  const isUnliked = meaning.isUnliked || meaning.role === 'uncart'
  if (row >= 0 && isUnliked) return
  if (row < 0) {
    insertRow(pairs, 0, { item: itemId, ...NO_ACTIONS })
    row = 0
  }
  pairs.last[row] = Math.max(pairs.last[row], time)
  // The item is known to the user all the same.
  if (isUnliked) {
    keep(pairs, row)
    return
  }
  if (meaning.role === 'view' || meaning.role === 'click') {
    pairs[meaning.role === 'view' ? 'views' : 'clicks'][row]++
    pairs.lastView[row] = Math.max(pairs.lastView[row], time)
  } else if (meaning.role === 'cart') {
    pairs.carts[row]++
    pairs.lastCart[row] = Math.max(pairs.lastCart[row], time)
  } else if (meaning.role === 'purchase') {
    pairs.purchases[row]++
    pairs.lastPurchase[row] = Math.max(pairs.lastPurchase[row], time)
  } else pairs.others[row]++
  keep(pairs, row)
  const shown = user.get(SHOWN)
  const seen = shown.item.indexOf(itemId)
  if (seen >= 0) shown.ignored[seen] = 0
}

function keep(pairs: Table<typeof PAIR_COLUMNS>, row: number): void {
  placeRow(pairs, row, 'last')
  if (pairs.item.length > KEPT_ITEMS) removeRow(pairs, pairs.item.length - 1)
}

function mergePair(pairs: Table<typeof PAIR_COLUMNS>, others: Table<typeof PAIR_COLUMNS>, i: number): void {
  const itemId = others.item[i]
  let row = pairs.item.indexOf(itemId)
  if (row < 0) {
    insertRow(pairs, 0, { item: itemId, ...NO_ACTIONS })
    row = 0
  }
  for (const count of COUNTS) pairs[count][row] += others[count][i]
  for (const time of TIMES) pairs[time][row] = Math.max(pairs[time][row], others[time][i])
  placeRow(pairs, row, 'last')
}

type PairColumn = Exclude<keyof typeof PAIR_COLUMNS, 'item'>

/** By candidate its row in the user's pairs, -1 where there is none that has not expired. */
const pairRows = oncePerInput(({ user, now, expiry, itemIds }) => {
  const pairs = user.get(PAIRS)
  const { item, last } = pairs
  const rowOf = new Map<string, number>()
  for (let row = 0; row < item.length; row++)
    if (last[row] >= now - expiry.pair && actionsOf(pairs, row) > 0) rowOf.set(item[row], row)
  const found = new Int32Array(itemIds.length)
  for (let row = 0; row < found.length; row++) found[row] = rowOf.get(itemIds[row]) ?? -1
  return found
})

function count(name: string, column: PairColumn, what: string): Feature {
  return {
    name,
    entity: 'USER_ITEM',
    description: `Number of times that the user ${what}`,
    unit: 'events',
    missing: 'never (0 without such events, or if the pair has expired)',
    column: (input) => {
      const rows = pairRows(input)
      const counts = input.user.get(PAIRS)[column]
      return (row) => (rows[row] < 0 ? 0 : counts[rows[row]])
    },
  }
}

function secondsSince(name: string, column: PairColumn, what: string): Feature {
  return {
    name,
    entity: 'USER_ITEM',
    description: `Time since the user last ${what}`,
    unit: 'seconds',
    missing: 'when the user has not done this, or the pair has expired',
    column: (input) => {
      const rows = pairRows(input)
      const times = input.user.get(PAIRS)[column]
      return (row) => {
        const at = rows[row] < 0 ? 0 : times[rows[row]]
        return at === 0 ? Number.NaN : Math.max(0, input.now - at) / 1000
      }
    },
  }
}

export const userItem: Accumulator = {
  name: 'user_item',
  entity: 'USER_ITEM',
  description: `What a user did with an item. Kept for the latest ${KEPT_ITEMS} items that the user acted on, and the latest ${KEPT_ITEMS} that the user was shown.`,
  roles: ROLES,
  expires: 'pair',
  parts: [PAIRS, SHOWN],
  reduce,
  merge: (into, from) => {
    const pairs = into.get(PAIRS)
    const others = from.get(PAIRS)
    // Of equal times the latest to come stays the first.
    for (let i = others.item.length - 1; i >= 0; i--) mergePair(pairs, others, i)
    while (pairs.item.length > KEPT_ITEMS) removeRow(pairs, pairs.item.length - 1)
    const shown = into.get(SHOWN)
    const { item, ignored, last } = from.get(SHOWN)
    for (let i = item.length - 1; i >= 0; i--) {
      let row = shown.item.indexOf(item[i])
      if (row < 0) {
        insertRow(shown, 0, { item: item[i], ignored: 0, last: 0 })
        row = 0
      }
      shown.ignored[row] += ignored[i]
      shown.last[row] = Math.max(shown.last[row], last[i])
      placeRow(shown, row, 'last')
    }
    while (shown.item.length > KEPT_ITEMS) removeRow(shown, shown.item.length - 1)
  },
  features: [
    count('pair_views', 'views', 'viewed the item'),
    count('pair_clicks', 'clicks', 'clicked the item'),
    count('pair_carts', 'carts', 'added the item to the cart'),
    count('pair_purchases', 'purchases', 'bought the item'),
    secondsSince('pair_seconds_since_view', 'lastView', 'viewed or clicked the item'),
    secondsSince('pair_seconds_since_cart', 'lastCart', 'added the item to the cart'),
    secondsSince('pair_seconds_since_purchase', 'lastPurchase', 'bought the item'),
    secondsSince('pair_seconds_since_action', 'last', 'acted on the item'),
    {
      name: 'pair_ignored',
      entity: 'USER_ITEM',
      description: 'Number of times that the item was shown to the user since the user last acted on it',
      unit: 'impressions',
      missing: 'never (0 if the item was not shown)',
      column: ({ user, itemIds, now, expiry }) => {
        const { item, ignored, last } = user.get(SHOWN)
        const byItem = new Map(item.map((itemId, row) => [itemId, last[row] >= now - expiry.pair ? ignored[row] : 0]))
        return (row) => byItem.get(itemIds[row]) ?? 0
      },
    },
  ],
}
