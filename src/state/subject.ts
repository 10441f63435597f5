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
