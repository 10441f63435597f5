/** Whatever is one value, changed in order: a user's state, an item's declared attributes, an offline list, standing rules, what is known of models. */
export interface Subject {
  readonly kind: 'user' | 'item' | 'list' | 'models' | 'rules'
  readonly id: string
}
