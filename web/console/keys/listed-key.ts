import type { KeyListQuery } from '../../generated/console-keys.ts'

/** A key, without its secret. */
export type ListedKey = NonNullable<KeyListQuery['keys']>['edges'][number]['node']
