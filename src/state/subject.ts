/**
 * Owner of one value that changes in order: a user's state, an item's uploaded attributes, an offline list, standing rules, or the
 * record of models.
 */
export interface Subject {
  readonly kind: 'user' | 'item' | 'list' | 'models' | 'rules'
  readonly id: string
}
