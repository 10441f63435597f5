import { z } from 'zod'
import { encodeStamped, readStamped } from '../state/stamped-json.ts'
import type { StateStore } from '../state/store.ts'
import type { ItemFilter } from './item-filter.ts'
import type { Rules } from './rules.ts'

/** Rules that stand for a surface, or for all of them, until others take their place. */
export interface Standing {
  /** Undefined: all surfaces. */
  readonly surface?: string | undefined
  /** Undefined: they were removed. */
  readonly rules?: Rules | undefined
  /** ms of the clock that features see. */
  readonly updatedAt: number
}

const value = z.union([z.string(), z.number(), z.boolean()])
const bounds = { gt: z.number(), gte: z.number(), lt: z.number(), lte: z.number(), exists: z.boolean() }
const filter: z.ZodType<ItemFilter> = z.lazy(() =>
  z
    .object({
      and: z.array(filter),
      or: z.array(filter),
      not: filter,
      attribute: z
        .object({ eq: value, in: z.array(value), ...bounds })
        .partial()
        .extend({ name: z.string() }),
      feature: z.object(bounds).partial().extend({ name: z.string() }),
    })
    .partial(),
)

const rules: z.ZodType<Rules> = z
  .object({
    exclude: z.array(z.string()),
    filter,
    boost: z.array(z.object({ filter, factor: z.number() })),
    pin: z.array(z.object({ itemId: z.string(), position: z.number() })),
    limitPer: z.array(z.object({ attribute: z.string(), limit: z.number() })),
    diversity: z.number(),
    excludeSeen: z.boolean(),
    excludePurchased: z.boolean(),
  })
  .partial()

const standing = z.object({ surface: z.string().optional(), rules: rules.optional(), updatedAt: z.number() })

/** Under which id the rules of a surface are kept. */
export function standingId(surface: string | undefined): string {
  return surface === undefined ? 'all' : `surface:${surface}`
}

export function encodeStanding(held: Standing, stamp: Uint8Array): Buffer {
  return encodeStamped(held, stamp)
}

/** @param onUnreadable told of rules that cannot be read @returns undefined for these */
export function readStanding(id: string, value: Uint8Array, onUnreadable: (error: Error) => void): Standing | undefined {
  const problem = `The standing rules "${id}" cannot be read, so they do not apply: set them anew with setRules.`
  return readStamped(value, parseStanding, problem, onUnreadable)
}

/** @throws when it is nothing of that kind */
export function parseStanding(held: unknown): Standing {
  return standing.parse(held)
}

/** Rules that were logged. @throws when they are none */
export function parseRules(logged: unknown): Rules {
  return rules.parse(logged)
}

/** The standing rules of all surfaces, in this process. Kept current by its owner. */
export class StandingRules {
  readonly #bySurface = new Map<string | undefined, Standing>()
  readonly #followers = new Set<(surface: string | undefined) => void>()

  /**
   * Takes over the rules of the store. Those that the store lacks are dropped, unless they were told of meanwhile: it may have lost data.
   * Rules that cannot be read are reported and count as absent, until others take their place.
   */
  async load(store: StateStore, onUnreadable: (error: Error) => void): Promise<void> {
    const before = new Map(this.#bySurface)
    const read = new Map<string | undefined, Standing>()
    for await (const { id, value } of store.listSubjects('rules')) {
      const standing = readStanding(id, value, onUnreadable)
      if (standing) read.set(standing.surface, standing)
    }
    for (const [surface, held] of before) {
      if (read.has(surface) || this.#bySurface.get(surface) !== held) continue
      this.#bySurface.delete(surface)
      for (const follower of this.#followers) follower(surface)
    }
    for (const standing of read.values()) this.set(standing)
  }

  /** Older rules than those that are held, from a signal that came late, change nothing. */
  set(held: Standing): void {
    const before = this.#bySurface.get(held.surface)
    if (before && before.updatedAt >= held.updatedAt) return
    this.#bySurface.set(held.surface, held)
    for (const follower of this.#followers) follower(held.surface)
  }

  /** Those that were not removed: of all surfaces first, then by name of the surface. */
  get all(): Standing[] {
    const all = [...this.#bySurface.values()].filter(({ rules }) => rules !== undefined)
    return all.sort((a, b) => (standingId(a.surface) < standingId(b.surface) ? -1 : 1))
  }

  /** The rules of a request, each that it lacks taken from its surface, or else from what stands for all surfaces. */
  under(rules: Rules, surface: string | undefined): Rules {
    const ofSurface = surface === undefined ? undefined : this.#bySurface.get(surface)?.rules
    return { ...this.#bySurface.get(undefined)?.rules, ...ofSurface, ...rules }
  }

  /** @param follower told of the surface whose rules changed, undefined for all of them */
  onChange(follower: (surface: string | undefined) => void): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }
}
