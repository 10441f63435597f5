import { segmentListId, userListId } from '../candidates/offline.ts'
import { type Catalogue, encodeItem, readItem, type StoredItem, storedItemJson } from '../catalogue/catalogue.ts'
import { entitiesOver } from '../catalogue/item-lives.ts'
import { checkVector } from '../catalogue/item-vectors.ts'
import { InvalidInputError, MergedIdError, NotFoundError, UnavailableError } from '../errors.ts'
import { forgetAttributes, whySilent } from '../state/expiry.ts'
import { encodeOfflineList } from '../state/offline-list.ts'
import type { ChangeUserParts } from './change-user.ts'
import type { People } from './people.ts'
import { swapUpload } from './swap.ts'
import { applyUpload, silentMessage, withoutNulls } from './user-upload.ts'
import { checkAttributes, checkDeclared, checkId, checkNumber, readTime } from './validate-event.ts'
import { type AttributeWarning, attributeWarnings } from './warnings.ts'

/** A row of `upsertItems`, before its attributes are checked. Attributes that it does not name stay as they are in the store. */
export interface ItemInput {
  readonly itemId: string
  readonly attributes?: unknown
  readonly available?: boolean | null | undefined
}

/** A row of `upsertUsers`, before its attributes are checked. Attributes that it does not name stay as they are in the store. */
export interface UserInput {
  readonly userId: string
  readonly optOut?: boolean | null | undefined
  /** True for given, false for withdrawn; absent to leave it as it is. */
  readonly consent?: boolean | null | undefined
  readonly attributes?: unknown
}

/** A user or a segment that has an offline list. */
interface ListOwner {
  readonly userId?: string | null | undefined
  readonly segment?: string | null | undefined
}

/** A list names its owner in `owner`, or itself: both forms are in use. */
export interface OfflineRecommendationsInput extends ListOwner {
  readonly owner?: ListOwner | null | undefined
  /** Whole milliseconds since 1970, or an ISO 8601 text with a zone. */
  readonly generatedAt?: unknown
  readonly items: readonly { readonly itemId: string; readonly score: number }[]
}

/** A refused row of an upload, and the reason. */
export interface RefusedRow {
  /** Index of the row in the input, from 0. */
  readonly index: number
  /** The row names an item that the catalogue does not have. Absent: the row is invalid. */
  readonly code?: 'NOT_FOUND'
  readonly message: string
  readonly field: string | undefined
}

/** Attributes of an accepted row that have no effect. */
export interface RowWarning extends AttributeWarning {
  /** Index of the row in the input, from 0. */
  readonly index: number
}

/** Result of an upload. Invalid rows are listed in `errors`; all other rows are accepted. */
export interface UploadResult {
  readonly accepted: number
  readonly errors: readonly RefusedRow[]
  readonly warnings: readonly RowWarning[]
}

export interface UploadsParts extends ChangeUserParts {
  readonly catalogue: Catalogue
  readonly people: People
}

/** State of an item after an upload. Without `addedAt`, it is new. */
type ItemChange = Omit<StoredItem, 'updatedAt' | 'addedAt'> & Partial<Pick<StoredItem, 'addedAt'>>

/** Attributes of users that the service itself reads. */
const READ_OF_USERS: ReadonlySet<string> = new Set(['segment'])

/** Longest list of one user or segment. */
const MAX_LIST = 1000
/** Rows of one upload that are on their way to the store at once. */
const IN_FLIGHT = 100

/** Uploads of items, user attributes and offline lists. The later upload of an attribute replaces the earlier one. */
export class Uploads {
  readonly #parts: UploadsParts

  constructor(parts: UploadsParts) {
    this.#parts = parts
  }

  /**
   * Adds or changes items. An item that was deleted is added as a new one: nothing of its former attributes and sums counts.
   * @throws UnavailableError if the store does not answer; rows accepted before stay, and the whole upload can be sent again
   */
  upsertItems(inputs: readonly ItemInput[]): Promise<UploadResult> {
    const { domain, catalogue } = this.#parts
    return this.#each(
      inputs,
      ({ itemId }) => itemId,
      async ({ itemId, attributes, available }) => {
        checkId(itemId, 'itemId')
        checkAttributes(attributes, 'attributes')
        checkDeclared(attributes, domain.attributes)
        const { embedding } = domain
        const vector = embedding === undefined ? undefined : attributes[embedding]
        if (vector != null) checkVector(vector, catalogue.vectors.dimensions, `attributes.${embedding}`)
        await this.#changeItem(itemId, (stored) => {
          const held: Partial<StoredItem> | undefined = stored?.deleted ? { life: (stored.life ?? 0) + 1 } : stored
          const merged = withoutNulls({ ...held?.attributes, ...attributes })
          return { ...held, attributes: merged, available: available ?? held?.available ?? true, deleted: false }
        })
      },
    )
  }

  /** Deletes items. Their shared sums stay until they expire, or the item is added again. An unknown id is an error of its row. */
  deleteItems(itemIds: readonly string[]): Promise<UploadResult> {
    return this.#each(
      itemIds,
      (itemId) => itemId,
      async (itemId) => {
        checkId(itemId, 'itemIds')
        await this.#changeItem(itemId, (held) => {
          if (!held || held.deleted) throw new NotFoundError(`Item ${itemId} is not in the catalogue.`)
          return { ...held, available: false, deleted: true }
        })
      },
    )
  }

  /**
   * Adds or changes users.
   * @param refusesMerged whether a merged id is refused. Otherwise the row changes the user that it was merged into
   * @throws MergedIdError for a merged id that is refused; its rows are not stored
   */
  async upsertUsers(inputs: readonly UserInput[], { refusesMerged = false } = {}): Promise<UploadResult> {
    const { people, domain } = this.#parts
    const warnings: RowWarning[] = []
    const result = await this.#each(
      inputs,
      ({ userId }) => userId,
      async (input, index) => {
        const { userId: named, attributes } = input
        checkId(named, 'userId')
        checkAttributes(attributes, 'attributes')
        await people.changeOwner(named, (userId) => {
          if (refusesMerged && userId !== named) throw new MergedIdError()
          return {
            apply: (value, at) => {
              forgetAttributes(value, at, domain.expiry)
              return applyUpload(value, { ...input, attributes }, domain, at)
            },
            entry: (value, at) => {
              const { version, optedOut, consent } = value
              return { kind: 'user', id: userId, at, version, optedOut, ...(consent && { consent }), upload: value.attributes }
            },
          }
        })
        const found = attributeWarnings(attributes, domain.userAttributes, 'attributes', READ_OF_USERS)
        warnings.push(...found.map((warning) => ({ index, ...warning })))
      },
    )
    return { ...result, warnings: warnings.sort((a, b) => a.index - b.index) }
  }

  uploadOfflineRecommendations(inputs: readonly OfflineRecommendationsInput[]): Promise<UploadResult> {
    const { clock, random } = this.#parts
    return this.#each(
      inputs,
      (input) => [...namedLists(input)].map(({ listId }) => listId).join(),
      async (input) => {
        const { id, field, listId, isUser } = listOf(input)
        if (isUser) await this.#expectConsent(id, field)
        const list = {
          generatedAt: input.generatedAt == null ? clock.now() : readTime(input.generatedAt, 'generatedAt'),
          ...listItems(input),
        }
        const upload = { ...list, itemIds: [...list.itemIds], scores: [...list.scores] }
        await swapUpload(this.#parts, { kind: 'list', id: listId }, () => ({
          value: encodeOfflineList(list, random.stamp()),
          at: clock.now(),
          upload,
          signal: undefined,
        }))
      },
    )
  }

  /** @throws InvalidInputError if consent is required and the user has not consented, or has withdrawn consent */
  async #expectConsent(userId: string, field: string): Promise<void> {
    const { people, domain, clock } = this.#parts
    const { value } = await people.standingOf(userId)
    if (whySilent(value, domain, clock.now()) === 'NO_CONSENT')
      throw new InvalidInputError(silentMessage(userId, 'NO_CONSENT'), field)
  }

  async #changeItem(itemId: string, change: (stored: StoredItem | undefined) => ItemChange): Promise<void> {
    const { catalogue, clock, random } = this.#parts
    let stored: StoredItem | undefined
    await swapUpload(this.#parts, { kind: 'item', id: itemId }, (current) => {
      const held = current && readItem(itemId, current, () => {})
      // Above the state before, so that of two uploads within a millisecond every process keeps the later.
      const updatedAt = Math.max(clock.now(), (held?.updatedAt ?? 0) + 1)
      const changed = change(held)
      const item: StoredItem = { ...changed, updatedAt, addedAt: changed.addedAt ?? updatedAt }
      checkAttributes(item.attributes, 'attributes')
      stored = item
      const upload = storedItemJson(item)
      return {
        value: encodeItem(item, random.stamp()),
        at: updatedAt,
        upload,
        signal: JSON.stringify({ itemId, ...upload }),
      }
    })
    if (!stored) return
    catalogue.set(itemId, stored)
    // The first upload of a life.
    const { life = 0, addedAt, updatedAt } = stored
    if (addedAt === updatedAt) await this.#dropSums(entitiesOver(itemId, life))
  }

  /** What stays where the store does not answer is never read, and expires. */
  async #dropSums(entities: readonly string[]): Promise<void> {
    if (entities.length === 0) return
    try {
      await this.#parts.store.dropSums(entities)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
    }
  }

  /** Many rows at once; those with one key one after the other, so that the later row wins. */
  async #each<T>(
    inputs: readonly T[],
    keyOf: (input: T) => string,
    accept: (input: T, index: number) => Promise<void>,
  ): Promise<UploadResult> {
    const errors: RefusedRow[] = []
    const acceptRow = async (input: T, index: number) => {
      try {
        await accept(input, index)
      } catch (error) {
        errors.push({ index, ...refusalOf(error) })
      }
    }
    for (let start = 0; start < inputs.length; start += IN_FLIGHT) {
      const lanes = new Map<string, Promise<void>>()
      inputs.slice(start, start + IN_FLIGHT).forEach((input, i) => {
        const key = keyOf(input)
        const before = lanes.get(key) ?? Promise.resolve()
        lanes.set(
          key,
          before.then(() => acceptRow(input, start + i)),
        )
      })
      for (const lane of await Promise.allSettled(lanes.values())) if (lane.status === 'rejected') throw lane.reason
    }
    errors.sort((a, b) => a.index - b.index)
    return { accepted: inputs.length - errors.length, errors, warnings: [] }
  }
}

/** Returns why a row was refused. @throws any error that is not about the row */
function refusalOf(error: unknown): Omit<RefusedRow, 'index'> {
  if (error instanceof InvalidInputError) return { message: error.message, field: error.field }
  if (error instanceof NotFoundError) return { code: 'NOT_FOUND', message: error.message, field: undefined }
  throw error
}

/** A list, by its owner. */
interface NamedList {
  /** Path of the owner in the upload. */
  readonly field: string
  /** Id of the user or segment. */
  readonly id: string
  readonly listId: string
  /** Whether the owner is a user. */
  readonly isUser: boolean
}

/** All lists that an upload names. A valid upload names one. */
function* namedLists({ owner, ...input }: OfflineRecommendationsInput): Generator<NamedList> {
  for (const [path, { userId, segment }] of [
    ['owner.', owner ?? {}],
    ['', input],
  ] as const) {
    if (userId != null) yield { field: `${path}userId`, id: userId, listId: userListId(userId), isUser: true }
    if (segment != null) yield { field: `${path}segment`, id: segment, listId: segmentListId(segment), isUser: false }
  }
}

function listOf(input: OfflineRecommendationsInput): NamedList {
  const [named, ...others] = namedLists(input)
  if (!named || others.length > 0)
    throw new InvalidInputError('A list belongs to one user or to one segment: pass either of them in owner.', 'owner')
  checkId(named.id, named.field)
  return named
}

/** Best first; of an item that is listed twice, the higher score. */
function listItems({ items }: OfflineRecommendationsInput): { itemIds: string[]; scores: number[] } {
  if (items.length > MAX_LIST)
    throw new InvalidInputError(`The list has ${items.length} items; at most ${MAX_LIST} are allowed.`, 'items')
  const scores = new Map<string, number>()
  items.forEach(({ itemId, score }, i) => {
    checkId(itemId, `items.${i}.itemId`)
    checkNumber(score, `items.${i}.score`)
    scores.set(itemId, Math.max(score, scores.get(itemId) ?? Number.NEGATIVE_INFINITY))
  })
  const ranked = [...scores].sort((a, b) => b[1] - a[1])
  return { itemIds: ranked.map(([itemId]) => itemId), scores: ranked.map(([, score]) => score) }
}
