import type { ReasonCode } from '../../candidates/built-in-reason.ts'

/** Reason texts by reason code; `{item}` stands for the name of the item that the reason refers to. */
export type ReasonTexts = Readonly<Record<ReasonCode | 'OTHER' | 'THIS_ITEM', string>>

/** English texts. Users get them too if the service has no texts in their language. */
export const en: ReasonTexts = {
  BECAUSE_YOU_VIEWED: 'Because you looked at {item}',
  SIMILAR_TO_THIS: 'Goes with {item}',
  TRENDING: 'Popular right now',
  TRENDING_FOR_YOU: 'Popular among what you like',
  TRENDING_HERE: 'Popular on this page right now',
  FAVOURITE_CATEGORY: 'Popular in a category that you like',
  FAVOURITE_BRAND: 'Popular from a brand that you like',
  FAVOURITE: 'Popular among what you like',
  PEOPLE_LIKE_YOU: 'Popular with people like you',
  CHOSEN_TOGETHER: 'Chosen together with {item}',
  ALIKE: 'Similar to {item}',
  SEEN_BEFORE: 'You showed interest in this before',
  PICKED_FOR_YOU: 'Picked for you',
  PICKED_BY_US: 'Our selection',
  PINNED: 'Our selection',
  NEW: 'New here',
  EXPLORATION: 'Little known so far',
  GIVEN: 'Sorted for you',
  MORE: 'More to discover',
  /** Text for codes that are not listed, such as those of a team's own sources. */
  OTHER: 'Recommended',
  /** Replaces the name of an item without a name. */
  THIS_ITEM: 'this',
}
