/** Kinds of subjects. They are part of keys and of log entries, so none may ever be renamed. */
export const SUBJECT_KINDS = ['user', 'item', 'list', 'models', 'rules', 'keys', 'audit', 'neighbours'] as const

/**
 * Owner of one value that changes in order: a user's state, an item's uploaded attributes, an offline list, standing rules, the
 * record of models, the record of keys, an entry of the audit log, or a part or the record of neighbour lists.
 */
export interface Subject {
  readonly kind: (typeof SUBJECT_KINDS)[number]
  readonly id: string
}

/** Kinds of subjects of which a process follows all changes, because it keeps copies of them. */
export type FollowedKind = 'item' | 'models' | 'rules' | 'keys' | 'neighbours'

const OWN_CHANNEL: ReadonlySet<Subject['kind']> = new Set(['models', 'rules', 'keys', 'neighbours'])

/** Returns the channel for signals about all subjects of a kind. Kinds without a channel of their own share that of the items. */
export function channelOfKind(kind: Exclude<Subject['kind'], 'user'>): string {
  return OWN_CHANNEL.has(kind) ? kind : 'items'
}

/** Returns the channel for signals about a subject. */
export function channelOf({ kind, id }: Subject): string {
  return kind === 'user' ? `user:${id}` : channelOfKind(kind)
}
