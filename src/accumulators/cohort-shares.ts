import { itemOfName } from '../catalogue/item-lives.ts'
import { invariant } from '../invariant.ts'
import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'
import { type PackedColumns, readIds, readPackedTable, writeIds, writePackedTable } from '../state/packed-table.ts'
import { type Part, timeText } from '../state/user-value.ts'
import { HOUR } from '../time-units.ts'
import type { Profile } from './cohort.ts'

/** Items of a user that count for cohorts. They bound the size of the user's state. */
export const MOST_SHARES = 30
/** Different lists of values under which a user's items count. They bound it too. */
const MOST_PROFILES = 8
/** Items right after a merge, until the next event of the user. */
const MOST_MERGED = 4 * MOST_SHARES

/** One item that a user acted on, as it counts for cohorts. */
export interface Share {
  /** Name of the item in shared sums in the life in which the user acted on it. */
  readonly item: string
  /** Highest weight of the user's events on the item. */
  readonly weight: number
  /** Hour since 1970 from which the share decays. */
  readonly hour: number
  /** Category under which it counts; empty for none. */
  readonly category: string
  readonly profile: Profile
}

/** Returns the time from which a share decays, in ms. */
export function timeOf({ hour }: Pick<Share, 'hour'>): number {
  return hour * HOUR
}

/** What one user adds to the shared sums of cohorts: one share for each of the latest items, latest first. */
export class CohortShares {
  readonly shares: Share[] = []
  /** Values under which the user counts once too often since a merge, each as often as that. */
  readonly excess: string[] = []
  /** Whether shares of another id were added that the shared sums know as another user's. */
  isMerged = false

  find(item: string): Share | undefined {
    return this.shares.find((share) => share.item === item)
  }

  /** Returns whether any share counts under a value. */
  isUnder(text: string): boolean {
    for (const [at, { profile }] of this.shares.entries())
      if ((at === 0 || profile !== this.shares[at - 1].profile) && profile.includes(text)) return true
    return false
  }

  /** Returns the list of a share with the same values; undefined if there is none. */
  known(profile: Profile): Profile | undefined {
    return this.shares.find((share) => isEqual(share.profile, profile))?.profile
  }

  /** Puts a share at its place. */
  insert(share: Share): void {
    const at = this.shares.findIndex(({ hour }) => hour <= share.hour)
    this.shares.splice(at < 0 ? this.shares.length : at, 0, share)
  }

  remove(share: Share): void {
    const at = this.shares.indexOf(share)
    invariant(at >= 0, 'SHARE_UNKNOWN', 'a share would be subtracted that the user does not have.')
    this.shares.splice(at, 1)
  }

  /** Returns the shares that there is no room for: the oldest ones, and those of the oldest list of values if there are too many. */
  get beyond(): readonly Share[] {
    const kept: Profile[] = []
    const beyond: Share[] = []
    for (const [at, share] of this.shares.entries()) {
      let isKept = kept.includes(share.profile)
      if (!isKept && kept.length < MOST_PROFILES) isKept = kept.push(share.profile) > 0
      if (at >= MOST_SHARES || !isKept) beyond.push(share)
    }
    return beyond
  }

  /** Adds the shares of another id of the same person. What is beyond the bound is forgotten, and stays in the shared sums. */
  merge({ shares, excess }: CohortShares): void {
    if (shares.length === 0 && excess.length === 0) return
    const others = new Set(shares.flatMap(({ profile }) => profile))
    this.excess.push(...excess, ...[...others].filter((text) => this.isUnder(text)))
    for (const share of shares) this.insert({ ...share, profile: this.known(share.profile) ?? share.profile })
    this.shares.length = Math.min(this.shares.length, MOST_MERGED)
    this.isMerged = true
  }
}

function isEqual(one: Profile, other: Profile): boolean {
  return one === other || (one.length === other.length && one.every((text, at) => text === other[at]))
}

/** Bits of the first byte of the part. */
const [HAS_SHARES, IS_MERGED] = [1, 2]

/** Part of a user value with the shares of the user. */
export const COHORT_SHARES: Part<CohortShares> = {
  name: 'cohort_shares',
  layout: 2,
  empty: () => new CohortShares(),
  isEmpty: ({ shares, excess }) => shares.length === 0 && excess.length === 0,
  write: (writer: ColumnWriter, { shares, excess, isMerged }) => {
    writer.byte((shares.length > 0 ? HAS_SHARES : 0) + (isMerged ? IS_MERGED : 0))
    const texts = new Dictionary<string>()
    const profiles = new Dictionary<Profile>()
    for (const { profile } of shares) profiles.add(profile)
    const lists = profiles.entries.map((profile) => profile.map((text) => texts.add(text)))
    const lost = excess.map((text) => texts.add(text))
    writeTexts(writer, texts.entries)
    writer.count(lists.length)
    for (const list of [...lists, lost]) writeCounts(writer, list)
    if (shares.length > 0) writeShares(writer, shares, profiles)
  },
  read: (reader: ColumnReader) => {
    const held = new CohortShares()
    const head = reader.byte()
    held.isMerged = (head & IS_MERGED) !== 0
    const texts = readTexts(reader)
    const textsAt = (places: readonly number[]) => places.map((place) => at(texts, place))
    const profiles: Profile[] = []
    for (let left = reader.count(); left > 0; left--) profiles.push(textsAt(readCounts(reader)))
    held.excess.push(...textsAt(readCounts(reader)))
    if ((head & HAS_SHARES) !== 0) held.shares.push(...readShares(reader, profiles))
    return held
  },
  describe: ({ shares }) =>
    shares.map((share) => ({
      item: itemOfName(share.item),
      weight: share.weight,
      from: timeText(timeOf(share)),
      category: share.category,
      values: share.profile.join(', '),
    })),
}

/** Different values, each with its place. */
class Dictionary<T> {
  readonly entries: T[] = []

  /** @returns its place */
  add(value: T): number {
    const known = this.entries.indexOf(value)
    return known >= 0 ? known : this.entries.push(value) - 1
  }
}

/** Columns of the shares. `later` is by how many hours the share before it is later. */
const COLUMNS = {
  names: ['item', 'weight', 'later', 'category', 'profile'],
  types: ['text', 'real', 'count', 'count', 'count'],
  timeLeads: false,
} as const satisfies PackedColumns

function writeShares(writer: ColumnWriter, shares: readonly Share[], profiles: Dictionary<Profile>): void {
  const categories = new Dictionary<string>()
  writer.count(shares[0].hour)
  writePackedTable(writer, COLUMNS, {
    item: shares.map(({ item }) => item),
    weight: shares.map(({ weight }) => weight),
    later: shares.map(({ hour }, at) => (at === 0 ? 0 : shares[at - 1].hour - hour)),
    category: shares.map(({ category }) => categories.add(category)),
    profile: shares.map(({ profile }) => profiles.add(profile)),
  })
  writer.count(categories.entries.length)
  writeIds(writer, categories.entries)
}

function readShares(reader: ColumnReader, profiles: readonly Profile[]): Share[] {
  let hour = reader.count()
  const table = readPackedTable(reader, COLUMNS)
  const categories = readIds(reader, reader.count())
  return table.item.map((item, row) => {
    hour -= Number(table.later[row])
    const [category, profile] = [at(categories, Number(table.category[row])), at(profiles, Number(table.profile[row]))]
    return { item: String(item), weight: Number(table.weight[row]), hour, category, profile }
  })
}

function writeTexts(writer: ColumnWriter, texts: readonly string[]): void {
  writer.count(texts.length)
  for (const text of texts) writer.text(text)
}

function readTexts(reader: ColumnReader): string[] {
  const texts: string[] = []
  for (let left = reader.count(); left > 0; left--) texts.push(reader.text())
  return texts
}

function writeCounts(writer: ColumnWriter, counts: readonly number[]): void {
  writer.count(counts.length)
  for (const count of counts) writer.count(count)
}

function readCounts(reader: ColumnReader): number[] {
  const counts: number[] = []
  for (let left = reader.count(); left > 0; left--) counts.push(reader.count())
  return counts
}

/** @throws RangeError if the bytes name a place that is not there */
function at<T>(values: readonly T[], place: number): T {
  if (place >= values.length) throw new RangeError('a place in a list is beyond its end')
  return values[place]
}
