import type { Subject } from './subject.ts'

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
