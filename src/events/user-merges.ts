import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { forgetExpired } from '../accumulators/expiry.ts'
import { InvalidInputError } from '../errors.ts'
import type { MergeStep } from '../state/log-entry.ts'
import type { UserValue } from '../state/user-value.ts'
import { type ChangeUserParts, changeUser, type UserChange } from './change-user.ts'

/**
 * Makes one id another user's: what was known under it is added to the other user once, and what comes under it later counts for
 * them. The two may lie in different partitions, so it takes three steps, each of which a crash may follow:
 * the id *leaves* (from here on it is frozen, and its events go to the other user), the user *takes* its value, the id has *left*.
 * Whoever meets an id between the first and the last finishes what was begun; the user remembers whom they have taken.
 */
export class UserMerges {
  readonly #parts: ChangeUserParts

  constructor(parts: ChangeUserParts) {
    this.#parts = parts
  }

  /** Who the id stands for now: itself, or the user that it became. */
  async ownerOf(userId: string): Promise<string> {
    return (await this.chainOf(userId)).at(-1)!
  }

  /**
   * The id, whose it became, whose that became, and so on, when each has taken the one before: the version of the last one is then not
   * below any that was told of one of them.
   */
  async settledChainOf(userId: string): Promise<string[]> {
    for (let before = ''; ; ) {
      const chain = await this.chainOf(userId)
      const settled = chain.join('\0')
      if (settled === before) return chain
      for (const id of chain) await this.finish(id)
      before = settled
    }
  }

  /** The id, whose it became, whose that became, and so on: the last one is who the id stands for now. */
  async chainOf(userId: string): Promise<string[]> {
    const chain: string[] = []
    for (let id = userId; ; ) {
      const { mergedInto } = await this.#read(id)
      if (chain.includes(id)) return [...chain.filter((met) => met !== id), id]
      chain.push(id)
      if (mergedInto === '') return chain
      id = mergedInto
    }
  }

  /**
   * @returns whose the id is, and whether it became theirs now
   * @throws InvalidInputError for a user and themselves, a circle, and an id that is another user's already
   */
  async merge(from: string, into: string): Promise<{ userId: string; merged: boolean }> {
    if (from === into)
      throw new InvalidInputError(`${from} cannot be merged with themselves: name two ids of one person.`, 'into')
    const owner = await this.ownerOf(into)
    if (owner === from) throw circle(from, into)
    const before = await this.#leave(from, owner)
    if (before !== undefined && (await this.ownerOf(before)) !== owner) {
      throw new InvalidInputError(`${from} was merged into ${before} before: an id is one person's for good.`, 'from')
    }
    await this.finish(from)
    if ((await this.#read(from)).mergedInto === '') throw circle(from, into)
    return { userId: owner, merged: before === undefined }
  }

  /** Finishes what was begun with this id, if anything was. */
  async finish(from: string): Promise<void> {
    for (;;) {
      const value = await this.#read(from)
      if (!value.moving) return
      const owner = await this.#endOfChain(from)
      // Since it was read as moving it may have become the one that stays: then there is nothing to finish.
      if (owner !== undefined && owner !== from && (await this.#take(owner, from, value))) await this.#left(from)
    }
  }

  /** @returns whom it had been merged into before; then nothing is changed */
  async #leave(from: string, into: string): Promise<string | undefined> {
    let before: string | undefined
    await this.#change(from, { step: 'leave', other: into }, (value) => {
      before = value.mergedInto === '' ? undefined : value.mergedInto
      if (before !== undefined) return false
      value.mergedInto = into
      value.moving = true
      return true
    })
    return before
  }

  /** The user at the end of the chain; undefined when it was a circle, of two merges at once, which is broken then. */
  async #endOfChain(from: string): Promise<string | undefined> {
    const met: Met[] = []
    for (let id = from; ; ) {
      const value = await this.#read(id)
      if (value.mergedInto === '') return id
      const at = met.findIndex((one) => one.id === id)
      if (at >= 0) {
        await this.#breakCircle(met.slice(at))
        return undefined
      }
      met.push({ id, value })
      id = value.mergedInto
    }
  }

  /**
   * Of the ids whose value nobody has taken yet, the first by order of text stays whose it was: whoever meets the circle decides alike.
   * There is one: nothing can be taken of the id that closed the circle, since no user was left to take it. Unless a failover lost a
   * part: then it is the first of all.
   */
  async #breakCircle(circle: readonly Met[]): Promise<void> {
    const taken = new Set(circle.flatMap(({ value }) => value.mergedFrom))
    const whole = circle.filter(({ id, value }) => value.moving && !taken.has(id))
    const [first] = (whole.length > 0 ? whole : [...circle]).sort((a, b) => (a.id < b.id ? -1 : 1))
    const { mergedInto, moving } = first.value
    await this.#change(first.id, { step: 'stay', other: '' }, (value) => {
      if (value.mergedInto !== mergedInto || value.moving !== moving) return false
      value.mergedInto = ''
      value.moving = false
      return true
    })
  }

  /** @returns false when the user has become another one's meanwhile */
  async #take(owner: string, from: string, value: UserValue): Promise<boolean> {
    const { accumulators, domain, clock } = this.#parts
    forgetExpired(value, clock.now(), domain.expiry)
    const bytes = accumulators.codec.encode(value, Buffer.alloc(8)).toString('base64')
    let isOwner = true
    await this.#change(owner, { step: 'take', other: from, value: bytes }, (held, at) => {
      forgetExpired(held, at, domain.expiry)
      isOwner = held.mergedInto === ''
      if (!isOwner || held.mergedFrom.includes(from)) return false
      take(accumulators, held, from, value)
      return true
    })
    return isOwner
  }

  async #left(from: string): Promise<void> {
    await this.#change(from, { step: 'left', other: '' }, (value) => {
      if (!value.moving) return false
      leaveBehind(value)
      return true
    })
  }

  #change(userId: string, step: MergeStep, apply: UserChange['apply']): Promise<void> {
    const entry: UserChange['entry'] = ({ version }, at) => ({ kind: 'merge', id: userId, at, version, ...step })
    return changeUser(this.#parts, userId, { apply, entry })
  }

  async #read(userId: string): Promise<UserValue> {
    const { store, accumulators } = this.#parts
    const [bytes] = await store.readValues([{ kind: 'user', id: userId }])
    return accumulators.codec.decode(bytes)
  }
}

/** An id on the way along a chain. */
interface Met {
  readonly id: string
  readonly value: UserValue
}

/** Adds what was known under an id to the user whose it is. A slate of theirs, under either id, is never older than one before. */
export function take(accumulators: AccumulatorSet, owner: UserValue, from: string, value: UserValue): void {
  accumulators.merge(owner, value)
  owner.mergedFrom.push(from)
  owner.version = Math.max(owner.version, value.version)
}

/** Of an id whose value was taken, only whose it is stays. */
export function leaveBehind(value: UserValue): void {
  value.moving = false
  value.lastEventAt = 0
  value.latestEventId = ''
  value.attributes = {}
  value.parts.clear()
  value.foreign.length = 0
}

function circle(from: string, into: string): InvalidInputError {
  return new InvalidInputError(`${into} was merged into ${from}: merging ${from} into ${into} would be a circle.`, 'into')
}
