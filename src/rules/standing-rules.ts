import { z } from 'zod'
import { encodeStamped, readStamped } from '../state/stamped-json.ts'
import type { StateStore } from '../state/store.ts'
import type { ItemFilter } from './item-filter.ts'
import type { Rules } from './rules.ts'

/** Standing rules of one surface or of all surfaces. They apply until they are replaced. */
export interface Standing {
  /** Name of the surface; undefined for all surfaces. */
  readonly surface?: string | undefined
  /** The rules; undefined if they were removed. */
  readonly rules?: Rules | undefined
  /** Time of the change on the clock of features, in ms. */
  readonly updatedAt: number
}

const value = z.union([z.string(), z.number(), z.boolean()])
const bounds = { gt: z.number(), gte: z.number(), lt: z.number(), lte: z.number(), exists: z.boolean() }
const condition = z
  .object({
    eq: value,
    in: z.array(value),
    equalsUser: z.string(),
    inUser: z.array(z.string()),
    equalsAnchor: z.string(),
    withinShareOfAnchor: z.number(),
    ...bounds,
  })
  .exactPartial()
  .extend({ name: z.string() })
const filter: z.ZodType<ItemFilter> = z.lazy(() =>
  z
    .object({
      and: z.array(filter),
      or: z.array(filter),
      not: filter,
      attribute: condition,
      feature: z.object(bounds).exactPartial().extend({ name: z.string() }),
      user: condition,
    })
    .exactPartial(),
)

const within = z.union([
  z.object({ session: z.literal(true) }),
  z.object({ hours: z.number() }),
  z.object({ latestItems: z.number() }),
])

const rules: z.ZodType<Rules> = z
  .object({
    exclude: z.array(z.string()),
    filter,
    boost: z.array(z.object({ filter, factor: z.number() })),
    pin: z.array(z.object({ itemId: z.string(), position: z.number() })),
    limitPer: z.array(z.object({ attribute: z.string(), limit: z.number(), filter: filter.exactOptional() })),
    diversity: z.number(),
    seen: z.array(z.object({ types: z.array(z.string()), within }).exactPartial()),
    excludeSeen: z.boolean(),
    excludePurchased: z.boolean(),
  })
  .exactPartial()

const standing = z.object({ surface: z.string().exactOptional(), rules: rules.exactOptional(), updatedAt: z.number() })

/** Returns the id under which the store keeps the rules of a surface. */
export function standingId(surface: string | undefined): string {
  return surface === undefined ? 'all' : `surface:${surface}`
}

/** Encodes the standing rules of a surface for the store. */
export function encodeStanding(held: Standing, stamp: Uint8Array): Buffer {
  return encodeStamped(held, stamp)
}

/**
 * Decodes stored standing rules.
 * @param onUnreadable called if the rules cannot be read
 * @returns undefined if the rules cannot be read
 */
export function readStanding(id: string, value: Uint8Array, onUnreadable: (error: Error) => void): Standing | undefined {
  const problem = `The standing rules "${id}" cannot be read, so they do not apply: set them again with setRules.`
  return readStamped(value, parseStanding, problem, onUnreadable)
}

/** Parses standing rules. @throws ZodError if the value is invalid */
export function parseStanding(held: unknown): Standing {
  return standing.parse(held)
}

/** Parses rules from the log. @throws ZodError if the value is invalid */
export function parseRules(logged: unknown): Rules {
  return rules.parse(logged)
}

/** Standing rules of all surfaces in this process. The owner keeps them up to date. */
export class StandingRules {
  readonly #bySurface = new Map<string | undefined, Standing>()
  readonly #followers = new Set<(surface: string | undefined) => void>()

  /**
   * Loads the rules of the store. Drops rules that the store lacks, and takes over older ones than those held here, because the store may
   * have lost data. Keeps rules that `set` received meanwhile. Unreadable rules are reported and count as absent until they are replaced.
   */
  async load(store: StateStore, onUnreadable: (error: Error) => void): Promise<void> {
    const before = new Map(this.#bySurface)
    const read = new Map<string | undefined, Standing>()
    for await (const { id, value } of store.listSubjects('rules')) {
      const standing = readStanding(id, value, onUnreadable)
      if (standing) read.set(standing.surface, standing)
    }
    for (const surface of new Set([...before.keys(), ...read.keys()])) {
      const [held, standing] = [before.get(surface), read.get(surface)]
      if (this.#bySurface.get(surface) !== held) {
        if (standing) this.set(standing)
        continue
      }
      if (held && held.updatedAt === standing?.updatedAt) continue
      if (standing) this.#bySurface.set(surface, standing)
      else this.#bySurface.delete(surface)
      for (const follower of this.#followers) follower(surface)
    }
  }

  /** Replaces the rules of a surface. Ignores rules that are not newer than the current ones, such as those of a delayed signal. */
  set(held: Standing): void {
    const before = this.#bySurface.get(held.surface)
    if (before && before.updatedAt >= held.updatedAt) return
    this.#bySurface.set(held.surface, held)
    for (const follower of this.#followers) follower(held.surface)
  }

  /** Standing rules that were not removed: first those of all surfaces, then by surface name. */
  get all(): Standing[] {
    const all = [...this.#bySurface.values()].filter(({ rules }) => rules !== undefined)
    return all.sort((a, b) => (standingId(a.surface) < standingId(b.surface) ? -1 : 1))
  }

  /**
   * Completes the rules of a request. Each absent rule comes from the rules of the surface, or else from the rules of all surfaces.
   */
  under(rules: Rules, surface: string | undefined): Rules {
    const ofSurface = surface === undefined ? undefined : this.#bySurface.get(surface)?.rules
    return { ...this.#bySurface.get(undefined)?.rules, ...ofSurface, ...rules }
  }

  /**
   * Calls `follower` at each change, with the surface whose rules changed; undefined for all surfaces.
   * @returns function that ends the subscription
   */
  onChange(follower: (surface: string | undefined) => void): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }
}
