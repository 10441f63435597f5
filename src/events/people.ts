import type { Catalogue } from '../catalogue/catalogue.ts'
import { InvalidInputError, UnavailableError } from '../errors.ts'
import { invariant } from '../invariant.ts'
import { forEachConcurrently } from '../state/bounded-concurrency.ts'
import { forgetExpired } from '../state/expiry.ts'
import type { Increments } from '../state/increments.ts'
import { MARK_MS, MAX_LISTED, type MergeStep, type Redirection, type UserLinks } from '../state/user-links.ts'
import type { UserValue } from '../state/user-value.ts'
import { pause, systemTimers } from '../timers.ts'
import { type ChangeUserParts, changeUser, type UserChange } from './change-user.ts'
import { applyMergeStep } from './merge-steps.ts'
import { type Met, PeopleReader } from './person.ts'
import { refuseErasing, withdrawal } from './swap.ts'

/** Enough that an owner whom many write at once still takes what is theirs. */
const ATTEMPTS = 200
const LONGEST_PAUSE_MS = 20
/** Maximum number of ids that a user may own to become another user's: a merge writes the value of each. */
export const MAX_REPOINTED = 1000
/** A mark of an erasure that is older is set anew by the next one. */
const KEPT_MARK_MS = MARK_MS / 2

/** Parts that change user values, and the present lives of items, under whose names erasures subtract. */
export interface PeopleParts extends ChangeUserParts {
  readonly catalogue: Pick<Catalogue, 'lives'>
}

/**
 * Merges one id into another user, the owner. The owner takes the state of the id once, and later events of the id count for the
 * owner. The two ids may lie in different partitions, so a merge has four steps, and a crash may follow each: the owner *expects*
 * the id, the id *leaves* (its value is frozen), the owner *takes* the value, the id has *left*. Any call that meets an id between
 * the second and the last step finishes the merge.
 *
 * Every id that has left points at its owner. If the owner leaves for another user, the finisher first points the ids of the owner
 * at that user, and then the owner has left. Until then the owner stands for itself. So a reader takes one step at most, and only
 * a call that writes follows merges that are under way.
 *
 * A value is taken exactly once, because
 * - of several ids that are moving, the one nearest to the owner is taken first: an id in the middle has given away all that it took
 *   before an id behind it;
 * - only a user that was not merged takes values, and lists the id in the same swap: an id was taken if any user on its path lists it;
 * - the owner's value is read before the id's value, and the swap fails if the owner's value has changed since.
 *
 * An event counts once, because its hash is known under its id or under the owner of the id: before an id is pointed at another
 * owner, the hashes that are known under the former one are copied.
 */
export class People extends PeopleReader {
  readonly #parts: PeopleParts

  constructor(parts: PeopleParts) {
    super(parts)
    this.#parts = parts
  }

  /**
   * Returns the owner to whom events that are sent under an id go; undefined if they count for the id itself, or the id was merged
   * anew meanwhile.
   */
  async redirectionOf(userId: string): Promise<{ readonly standing: Met; readonly redirection: Redirection | undefined }> {
    const standing = await this.settledOwnerOf(userId)
    const [left] = standing.id === userId ? [] : await this.readAll([userId])
    // The owner was read while this id was theirs only if it still is.
    const isTheirs = left?.value.links.owner === standing.id
    const { stamp, value } = standing
    return { standing, redirection: isTheirs ? { stamp, mergedFrom: value.links.mergedFrom } : undefined }
  }

  /**
   * Finishes every merge of an id, and points the id at its owner.
   * @returns the owner; their version is at least as high as any version returned for the id
   * @throws UnavailableError if the store does not answer, or the user is being erased
   */
  async settledOwnerOf(userId: string): Promise<Met> {
    const { random, timers = systemTimers } = this.#parts
    for (let tries = 0; tries < ATTEMPTS; ) {
      const { path, circle } = await this.walk(userId)
      const moving = circle.length > 0 ? -1 : path.findLastIndex(({ value }) => value.links.isMoving)
      if (circle.length > 0) await this.#breakCircle(circle)
      else if (moving >= 0 && (await this.#finish(path.slice(moving)))) continue
      else if (moving < 0 && path.length <= 2) return path.at(-1)!
      else if (moving < 0) await this.#point(path.slice(0, -2), path.at(-1)!.id)
      if (++tries > 1) await pause(timers, random.integer(Math.min(LONGEST_PAUSE_MS, 2 * tries)))
    }
    throw new UnavailableError('This user is being merged, and too many requests change the other user: send this request again.')
  }

  /**
   * Changes the value of the owner of an id, when all merges of the id are finished.
   * @param changeOf makes the change of an owner; called again if the owner was merged meanwhile
   * @throws UnavailableError if the store does not answer, or the user is being erased
   */
  async changeOwner(userId: string, changeOf: (owner: string) => UserChange): Promise<void> {
    for (let isMerged = true; isMerged; ) {
      const { id } = await this.settledOwnerOf(userId)
      const change = changeOf(id)
      isMerged = false
      await changeUser(this.#parts, id, {
        ...change,
        apply: (value, at, stamp) => {
          isMerged = value.links.owner !== ''
          if (isMerged) return false
          refuseErasing(value, at)
          return change.apply(value, at, stamp)
        },
      })
    }
  }

  /**
   * Merges the id `from` into the user `into`.
   * @returns the user that the id stands for, and whether this call merged it
   * @throws InvalidInputError if the two ids are the same user, if the merge would form a circle, if the id was merged into another
   * user before, or if too many ids were merged into it
   * @throws UnavailableError if the store does not answer, or one of the two is being erased
   */
  async merge(from: string, into: string): Promise<{ userId: string; merged: boolean }> {
    if (from === into) throw new InvalidInputError(`${from} cannot be merged with itself: pass two ids of one person.`, 'into')
    const { owner, before } = await this.#leaveFor(from, into)
    if (before !== undefined && (await this.settledOwnerOf(before)).id !== (await this.settledOwnerOf(owner)).id) {
      await this.#expectNoMore(owner, from)
      throw new InvalidInputError(
        `${from} was already merged into another user: a merged id cannot be merged into another user.`,
        'from',
      )
    }
    const { id: userId, stamp } = await this.settledOwnerOf(from)
    if (userId === from) {
      if (stamp === '') throw new UnavailableError(`${from} was erased during the merge: send the merge again.`)
      // Of merges in both directions at once, the other one was completed.
      throw circle(from, into)
    }
    return { userId, merged: before === undefined }
  }

  /**
   * Empties a user value and marks it with the ids of its person. For ten minutes nothing is recorded under the id, and no merge
   * with the id begins or continues, except by the erasure.
   * @param met the value from which the ids were found
   * @param isTaken whether another value of the person has taken this one: what it added to shared sums is then withdrawn there
   * @returns false if the value refers to other ids now
   */
  async markErasing({ id, value: read }: Met, ids: readonly string[], isTaken: boolean): Promise<boolean> {
    let isAsRead = true
    await this.#change(id, (value, stamp, at) => {
      isAsRead = value.links.owner === read.links.owner && listsTheSame(value.links, read.links)
      // A second erasure leaves a young mark as it is, so that the first one knows the value again.
      const isMarked = value.links.markAge(at) < KEPT_MARK_MS && ids.every((one) => read.links.erasing.includes(one))
      if (isTaken) value.parts.clear()
      return isAsRead && stamp !== '' && !isMarked ? { step: 'erasing', other: '', ids } : undefined
    })
    return isAsRead
  }

  /** Changes a value that may be about to leave. The merge then reads again which user the id leaves for. */
  async holdBack(id: string): Promise<void> {
    await this.#change(id, (value, stamp, at) => {
      return stamp !== '' && value.links.owner === '' && !value.links.isBeingErased(at) ? { step: 'stay', other: '' } : undefined
    })
  }

  /**
   * Makes an id leave for the owner of another id. The id was read before that user was found to expect it, and leaves only if
   * it is still as it was read: an erasure of the user meanwhile changes the ids that the user expects.
   * @returns the user, and whom the id had been merged into before; then nothing is changed
   */
  async #leaveFor(from: string, into: string): Promise<{ owner: string; before: string | undefined }> {
    const { random, timers = systemTimers, clock } = this.#parts
    for (let tries = 0; tries < ATTEMPTS; tries++) {
      const met = await this.read(from)
      const { value, stamp: read } = met
      const before = value.links.owner === '' ? undefined : value.links.owner
      if (before === undefined) {
        refuseErasing(value, clock.now())
        if ((await this.idsOf(met, MAX_REPOINTED)).length > MAX_REPOINTED) throw tooMany(from, into)
      }
      const owner = await this.#expectAtEnd(from, into, before !== undefined)
      if (before !== undefined) return { owner, before }
      if (read === '') {
        // Nobody could hold back an absent value.
        await this.#change(from, (_, stamp) => (stamp === '' ? { step: 'stay', other: '' } : undefined))
        continue
      }
      if (await this.#change(from, (_, stamp) => (stamp === read ? { step: 'leave', other: owner } : undefined))) {
        return { owner, before }
      }
      if (tries > 1) await pause(timers, random.integer(Math.min(LONGEST_PAUSE_MS, 2 * tries)))
    }
    throw new UnavailableError(`Too many requests change ${from} at the same time: send the merge again.`)
  }

  /** Makes the user at the end of the chain know that the id will become theirs, before it leaves. @returns that user */
  async #expectAtEnd(from: string, into: string, hasLeft: boolean): Promise<string> {
    for (;;) {
      const owner = await this.ownerOf(into)
      if (owner === from) throw circle(from, into)
      if (hasLeft || (await this.#expect(owner, from))) return owner
      // Of a circle nobody is at the end: whoever meets it breaks it.
      await this.settledOwnerOf(owner)
    }
  }

  /** @returns false when the owner has become another user's meanwhile */
  async #expect(owner: string, from: string): Promise<boolean> {
    let isOwner = true
    await this.#change(owner, (value) => {
      isOwner = value.links.owner === ''
      if (!isOwner || value.links.arriving.includes(from)) return undefined
      return { step: 'expect', other: from }
    })
    return isOwner
  }

  async #expectNoMore(owner: string, from: string): Promise<void> {
    await this.#change(owner, ({ links: { mergedFrom, arriving } }) => {
      if (!arriving.includes(from)) return undefined
      return { step: 'list', other: '', mergedFrom, arriving: arriving.filter((id) => id !== from) }
    })
  }

  /**
   * Brings the first id of a path one step further.
   * @param path the id, which is moving, ids that have left, and the owner
   * @returns false when the owner was changed meanwhile
   */
  async #finish([met, ...others]: readonly Met[]): Promise<boolean> {
    const owner = others.at(-1)!
    let from = met
    if (!others.some(({ value }) => value.links.mergedFrom.includes(from.id))) {
      if (!owner.value.links.arriving.includes(from.id)) return this.#expect(owner.id, from.id)
      // Read after the owner: if nobody has changed the owner by the time of the swap, nobody has taken or erased this value either.
      from = await this.read(from.id)
      if (!from.value.links.isMoving || from.value.links.owner !== others[0].id) return true
      if (!(await this.#take(owner, from))) return false
    }
    await this.#pointIdsOf(from, owner.id)
    await this.#point([from], owner.id)
    await this.#handOver(owner.id, from.id)
    return true
  }

  /** Points the ids of a user, who is moving, at the user's owner. */
  async #pointIdsOf(from: Met, owner: string): Promise<void> {
    for (;;) {
      const ids = await this.idsOf(from)
      const family = new Set([from.id, ...ids.map(({ id }) => id)])
      const others = ids.filter(({ value }) => family.has(value.links.owner))
      // Unchanged, so nobody has erased the person and begun anew under one of the ids.
      if (others.length === 0 || (await this.read(from.id)).stamp !== from.stamp) return
      await this.#point(others, owner)
    }
  }

  /**
   * Points ids at their owner, and empties their values, which were taken. An id that was changed since it was read stays as it is.
   * The events that were recorded under the former owners of the ids become known of the new owner first.
   */
  async #point(ids: readonly Met[], owner: string): Promise<void> {
    const former = new Set(ids.map(({ value }) => value.links.owner))
    former.delete(owner)
    await forEachConcurrently([...former], (id) => this.#parts.store.copyIdentities(id, owner))
    await forEachConcurrently(ids, async ({ id, stamp: read }) => {
      await this.#change(id, (_, stamp) => (stamp === read ? { step: 'left', other: owner } : undefined))
    })
  }

  /** @returns false when the owner is not as they were read */
  #take(owner: Met, { id: from, value }: Met): Promise<boolean> {
    const { accumulators, domain, clock } = this.#parts
    forgetExpired(value, clock.now(), domain.expiry)
    const bytes = accumulators.codec.encode(value, Buffer.alloc(8)).toString('base64')
    return this.#change(owner.id, (held, stamp) => {
      if (stamp !== owner.stamp) return undefined
      invariant(held.links.owner === '', 'MERGE_TAKE', `${owner.id} takes ${from}, but was itself merged into another user`)
      return { step: 'take', other: from, value: bytes }
    })
  }

  /**
   * Moves a full list of ids from the owner's value, which is written with every event, to that of the id that was taken last, which
   * nobody writes. Nothing is listed nowhere in between. An id goes from the owner's list only after it has left: from then on nobody
   * asks whether it was taken.
   */
  async #handOver(owner: string, last: string): Promise<void> {
    const { value } = await this.read(owner)
    if (value.links.mergedFrom.length <= MAX_LISTED || !value.links.mergedFrom.includes(last)) return
    const others = await this.readAll(value.links.mergedFrom.filter((id) => id !== last))
    const handed = others.filter((other) => !other.value.links.isMoving).map(({ id }) => id)
    let isListed = false
    await this.#change(last, ({ links: { owner: into, isMoving, mergedFrom, arriving } }) => {
      isListed = into !== '' && !isMoving
      return isListed ? { step: 'list', other: '', mergedFrom: [...new Set([...mergedFrom, ...handed])], arriving } : undefined
    })
    if (!isListed) return
    await this.#change(owner, ({ links: { owner: into, mergedFrom, arriving } }) => {
      // One that was erased meanwhile, or became another user's, keeps what it lists.
      if (into !== '' || !mergedFrom.includes(last)) return undefined
      return { step: 'list', other: '', mergedFrom: mergedFrom.filter((id) => !handed.includes(id)), arriving }
    })
  }

  /**
   * Of the ids whose value nobody has taken yet, the first by order of text stays a user of its own: whoever meets the circle decides
   * alike. There is one: nobody can take the value of the id that closed the circle, since no user was left to take it. Unless a
   * failover lost a part: then it is the first of all.
   */
  async #breakCircle(circle: readonly Met[]): Promise<void> {
    const taken = new Set(circle.flatMap(({ value }) => value.links.mergedFrom))
    const whole = circle.filter(({ id, value }) => value.links.isMoving && !taken.has(id))
    const [first] = (whole.length > 0 ? whole : [...circle]).sort((a, b) => (a.id < b.id ? -1 : 1))
    await this.#change(first.id, (_, stamp) => (stamp === first.stamp ? { step: 'stay', other: '' } : undefined))
  }

  /**
   * Changes a value by the step that is decided from what stands there now.
   * @returns whether anything was written
   * @throws UnavailableError when the store does not answer, or the user is being erased and the step is not the erasure's
   * @throws InvariantError when the value would contradict itself
   */
  #change(userId: string, decide: (value: UserValue, stamp: string, at: number) => MergeStep | undefined): Promise<boolean> {
    const { accumulators, domain } = this.#parts
    let step: MergeStep | undefined
    let withdrawn: Increments | undefined
    return changeUser(this.#parts, userId, {
      apply: (value, at, stamp) => {
        step = decide(value, stamp, at)
        if (step === undefined) return false
        if (step.step !== 'erasing') refuseErasing(value, at)
        withdrawn = step.step === 'erasing' ? withdrawal(value, this.#parts) : undefined
        applyMergeStep(accumulators, domain.expiry, value, step, at)
        value.links.check(userId, step)
        return true
      },
      entry: ({ version }, at) => {
        const increments = withdrawn && { increments: withdrawn.toLog() }
        return { kind: 'merge', id: userId, at, version, ...step!, ...increments }
      },
      increments: () => withdrawn,
      // Above the owner's version, answers under either id would fall.
      keepsVersion: ({ links: { owner, isMoving } }) => owner !== '' && !isMoving,
      tells: ({ links: { owner } }) => {
        // An erasure tells them itself, when it has ended.
        if (step?.step === 'erasing') return undefined
        return owner === '' ? {} : { mergedInto: owner }
      },
    })
  }
}

function listsTheSame(a: UserLinks, b: UserLinks): boolean {
  const lists = ({ mergedFrom, arriving, erasing }: UserLinks) => JSON.stringify([mergedFrom, arriving, erasing])
  return lists(a) === lists(b)
}

function tooMany(from: string, into: string): InvalidInputError {
  return new InvalidInputError(
    `More than ${MAX_REPOINTED} ids were merged into ${from}, so it cannot be merged into another user: merge ${into} into ${from} instead.`,
    'from',
  )
}

function circle(from: string, into: string): InvalidInputError {
  return new InvalidInputError(
    `${into} was already merged into ${from}: merging ${from} into ${into} would form a circle.`,
    'into',
  )
}
