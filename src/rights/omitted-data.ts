/** Kind of data about a person that an export does not include. */
export type OmittedKind = 'SHARED_SUMS' | 'EVENT_ID_HASHES' | 'COPIES' | 'OTHER_ARCHIVES' | 'BEYOND_LIMIT'

/** Data about a person that an export does not include. */
export interface Omitted {
  readonly kind: OmittedKind
  readonly message: string
}

const SHARED_SUMS: Omitted = {
  kind: 'SHARED_SUMS',
  message:
    "Totals over all users, such as the views of an item, include what this person's events added. They name nobody, so the person's share cannot be told from them. Log entries that still exist list what each event added.",
}

const EVENT_ID_HASHES: Omitted = {
  kind: 'EVENT_ID_HASHES',
  message:
    'Hashes of the ids of recent events are kept for all users together, without a user. With them, the service ignores an event that is sent again.',
}

const COPIES_OF_FILES: Omitted = {
  kind: 'COPIES',
  message:
    'Earlier copies of this data may be in the snapshots of DATA_DIR, in damaged files that a start set aside, and in your backups.',
}

const COPIES_OF_REDIS: Omitted = {
  kind: 'COPIES',
  message:
    'Earlier copies of this data may be in the append-only file and snapshots of Redis, on its replicas, and in your backups.',
}

const OTHER_ARCHIVES: Omitted = {
  kind: 'OTHER_ARCHIVES',
  message:
    'Archives that other processes keep in folders of their own are not read: export the person from each of these processes too.',
}

/** The note on a page that lacks a record or the end, because of the limits on size and time. */
export const BEYOND_LIMIT: Omitted = {
  kind: 'BEYOND_LIMIT',
  message:
    'The export lacks data, because a record is too large for an answer, or the log takes too long to read. Run `liverank export --user` for a complete file.',
}

/** The note on a page that is not the last one. */
export const NEXT_PAGE: Omitted = {
  kind: 'BEYOND_LIMIT',
  message: 'More data of this person follows: pass `endCursor` as `after` to get the next page.',
}

/** Returns what an export of a person lacks, whatever the person's size. */
export function omittedBy(store: 'embedded' | 'redis'): readonly Omitted[] {
  return store === 'redis' ? [SHARED_SUMS, COPIES_OF_REDIS, OTHER_ARCHIVES] : [SHARED_SUMS, EVENT_ID_HASHES, COPIES_OF_FILES]
}
