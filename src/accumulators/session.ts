import { filterRows, insertRow, promoteRow, removeRow } from '../state/column-codec.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import type { Accumulator, Feature, FeatureShare, Reduction } from './accumulator.ts'
import type { FeatureInput, Session } from './feature-input.ts'

/** Compares an item's embedding with the mean embedding of the session's latest items. */
export const sessionEmbedding: Accumulator = {
  name: 'session_embedding',
  entity: 'USER_ITEM',
  description: "The mean of the uploaded vectors of the session's latest items.",
  roles: [],
  features: [
    {
      name: 'session_embedding_cosine',
      entity: 'USER_ITEM',
      description:
        "How similar the item is to the session's latest items: the cosine of its vector (an uploaded list of numbers) and the mean of theirs, from -1 to 1 (the same direction)",
      missing: 'when the item has no vector, or the session has not acted on an item with a vector',
      column: ({ user, session, itemIds, vectors }) => {
        const direction = vectors.mean(sessionItems(user, session))
        return (row) => (direction ? vectors.cosine(direction, itemIds[row]) : Number.NaN)
      },
    },
  ],
}

const MAX_SESSIONS = 3
const MAX_ITEMS = 20
const MAX_CATEGORIES = 8

const SESSIONS = tablePart('sessions', 1, {
  serial: 'count',
  id: 'text',
  start: 'time',
  last: 'time',
  impression: 'count',
  view: 'count',
  click: 'count',
  cart: 'count',
  uncart: 'count',
  purchase: 'count',
  other: 'count',
})

/** The latest distinct items of each session, latest first. */
export const SESSION_ITEMS = tablePart('session_items', 1, { serial: 'count', item: 'text' })

const SESSION_CATEGORIES = tablePart('session_categories', 1, { serial: 'count', category: 'text', weight: 'real' })

/**
 * Finds the live session of an event. Serving and replay use the same rule: an event belongs to the live session with its session
 * id, or, without an id, to the latest live session. A session ends after `timeout` ms without an event.
 * @param sessionId undefined for the latest live session
 * @returns undefined if no session is live
 */
export function findSession(user: UserValue, sessionId: string | undefined, time: number, timeout: number): Session | undefined {
  const { serial, id, start, last } = user.get(SESSIONS)
  let row = -1
  for (let i = 0; i < serial.length; i++) {
    const live = time <= last[i] + timeout && time >= start[i] - timeout
    if (live && (sessionId === undefined || id[i] === sessionId) && (row < 0 || last[i] > last[row])) row = i
  }
  return row < 0 ? undefined : { serial: serial[row], id: id[row], start: start[row], last: last[row], row }
}

/** Returns the distinct items that the session acted on, latest first. */
export function sessionItems(user: UserValue, session: Session | undefined): string[] {
  if (!session) return []
  const { serial, item } = user.get(SESSION_ITEMS)
  return item.filter((_, row) => serial[row] === session.serial)
}

function reduce(reduction: Reduction): void {
  const { user, event, meaning, time, expiry, facts } = reduction
  const sessions = user.get(SESSIONS)
  const row = findSession(user, event.sessionId, time, expiry.session)?.row ?? open(user, event.sessionId ?? '', time)
  if (row === undefined) return
  sessions.start[row] = Math.min(sessions.start[row], time)
  sessions.last[row] = Math.max(sessions.last[row], time)
  const { role } = meaning
  sessions[role === 'dismiss' || role === 'undismiss' ? 'other' : role][row]++
  if (meaning.weight <= 0) return
  const serial = sessions.serial[row]
  for (const { itemId, attributes } of facts.items) {
    rememberItem(user, serial, itemId)
    if (typeof attributes.category === 'string') weighCategory(user, serial, attributes.category, meaning.weight)
  }
}

/** @returns its row; undefined for an event that comes so late that all sessions which are held are later ones */
function open(user: UserValue, id: string, time: number): number | undefined {
  const sessions = user.get(SESSIONS)
  if (sessions.serial.length >= MAX_SESSIONS) {
    const oldest = sessions.last.indexOf(Math.min(...sessions.last))
    if (sessions.last[oldest] > time) return undefined
    end(user, oldest)
  }
  const serial = 1 + Math.max(0, ...sessions.serial)
  const counts = { impression: 0, view: 0, click: 0, cart: 0, uncart: 0, purchase: 0, other: 0 }
  insertRow(sessions, sessions.serial.length, { serial, id, start: time, last: time, ...counts })
  return sessions.serial.length - 1
}

/** Forgets a session, with all that belongs to it. */
function end(user: UserValue, row: number): void {
  const sessions = user.get(SESSIONS)
  const ended = sessions.serial[row]
  removeRow(sessions, row)
  for (const table of [user.get(SESSION_ITEMS), user.get(SESSION_CATEGORIES)])
    filterRows(table, table.serial.length, (held) => table.serial[held] !== ended)
}

/** The latest three of both users' sessions, under serials of their own. */
function merge(into: UserValue, from: UserValue): void {
  const sessions = into.get(SESSIONS)
  const offset = Math.max(0, ...sessions.serial)
  appendRows(sessions, from.get(SESSIONS), offset)
  appendRows(into.get(SESSION_ITEMS), from.get(SESSION_ITEMS), offset)
  appendRows(into.get(SESSION_CATEGORIES), from.get(SESSION_CATEGORIES), offset)
  while (sessions.serial.length > MAX_SESSIONS) end(into, sessions.last.indexOf(Math.min(...sessions.last)))
}

function appendRows<T extends Record<string, unknown[]> & { serial: number[] }>(table: T, other: T, offset: number): void {
  for (const column in table) {
    if (column === 'serial') table.serial.push(...other.serial.map((serial) => serial + offset))
    else table[column].push(...other[column])
  }
}

function rememberItem(user: UserValue, session: number, itemId: string): void {
  const items = user.get(SESSION_ITEMS)
  const { serial, item } = items
  let held = 0
  let last = -1
  for (let row = 0; row < serial.length; row++) {
    if (serial[row] !== session) continue
    if (item[row] === itemId) {
      promoteRow(items, row)
      return
    }
    held++
    last = row
  }
  if (held >= MAX_ITEMS) removeRow(items, last)
  insertRow(items, 0, { serial: session, item: itemId })
}

function weighCategory(user: UserValue, session: number, value: string, weight: number): void {
  const categories = user.get(SESSION_CATEGORIES)
  const { serial, category } = categories
  let held = 0
  let lightest = -1
  for (let row = 0; row < serial.length; row++) {
    if (serial[row] !== session) continue
    if (category[row] === value) {
      categories.weight[row] += weight
      return
    }
    held++
    if (lightest < 0 || categories.weight[row] < categories.weight[lightest]) lightest = row
  }
  if (held >= MAX_CATEGORIES) removeRow(categories, lightest)
  insertRow(categories, categories.serial.length, { serial: session, category: value, weight })
}

/** Returns the share of each category in the session's actions, by weight; largest first. */
export function sessionCategoryShares(user: UserValue, session: Session | undefined): FeatureShare[] {
  if (!session) return []
  const { serial, category, weight } = user.get(SESSION_CATEGORIES)
  const rows = serial.flatMap((held, row) => (held === session.serial ? [row] : []))
  const total = rows.reduce((sum, row) => sum + weight[row], 0)
  return rows.map((row) => ({ key: category[row], value: weight[row] / total })).sort((a, b) => b.value - a.value)
}

const WITHOUT_SESSION = 'when the user has no live session'

function sessionFeature(
  name: string,
  description: string,
  unit: string,
  read: (input: FeatureInput, row: number) => number,
): Feature {
  return {
    name,
    entity: 'SESSION',
    description,
    unit,
    missing: WITHOUT_SESSION,
    column: (input) => {
      const value = input.session ? read(input, input.session.row) : Number.NaN
      return () => value
    },
  }
}

export const session: Accumulator = {
  name: 'session',
  entity: 'SESSION',
  description: 'Up to three live sessions of a user: length, number of events by role, latest items and shares of categories.',
  roles: [],
  expires: 'session',
  attributes: { category: 'key' },
  parts: [SESSIONS, SESSION_ITEMS, SESSION_CATEGORIES],
  reduce,
  merge,
  features: [
    sessionFeature(
      'session_length',
      'Number of events of the session so far, excluding impressions',
      'events',
      ({ user }, row) => {
        const { view, click, cart, uncart, purchase, other } = user.get(SESSIONS)
        return view[row] + click[row] + cart[row] + uncart[row] + purchase[row] + other[row]
      },
    ),
    sessionFeature('session_seconds', 'Time since the session began', 'seconds', ({ user, now }, row) => {
      const { start } = user.get(SESSIONS)
      return Math.max(0, now - start[row]) / 1000
    }),
    sessionFeature('session_views', 'Number of views and clicks in the session', 'events', ({ user }, row) => {
      const { view, click } = user.get(SESSIONS)
      return view[row] + click[row]
    }),
    sessionFeature(
      'session_carts',
      'Number of additions to the cart in the session',
      'events',
      ({ user }, row) => user.get(SESSIONS).cart[row],
    ),
    sessionFeature(
      'session_purchases',
      'Number of purchases in the session',
      'events',
      ({ user }, row) => user.get(SESSIONS).purchase[row],
    ),
    {
      name: 'session_category_share',
      entity: 'SESSION',
      description: 'Share of each category among the actions of the session, weighted by event weight',
      missing: `${WITHOUT_SESSION}, or no item of the session has a known category`,
      breakdown: ({ user, session }) => sessionCategoryShares(user, session),
    },
    {
      name: 'pair_session_category_share',
      entity: 'USER_ITEM',
      description: "Share of the item's category among the actions of the session, weighted by event weight",
      unit: 'share',
      missing: 'when the item has no category, or the session acted on no item whose category is known',
      column: ({ user, session, attributes }) => {
        const shares = new Map(sessionCategoryShares(user, session).map(({ key, value }) => [key, value]))
        return (row) => {
          const category = attributes[row].category
          return typeof category !== 'string' || shares.size === 0 ? Number.NaN : (shares.get(category) ?? 0)
        }
      },
    },
  ],
}
