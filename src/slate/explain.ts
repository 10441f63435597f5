import type { CandidateReason } from '../candidates/source.ts'

/** Texts by code; `{item}` stands for the name of the item that the reason refers to. */
const TEXTS: Readonly<Record<string, string>> = {
  BECAUSE_YOU_VIEWED: 'Because you looked at {item}',
  SIMILAR_TO_THIS: 'Goes with {item}',
  TRENDING: 'Popular right now',
  TRENDING_FOR_YOU: 'Popular among what you like',
  SEEN_BEFORE: 'You looked at this before',
  PICKED_FOR_YOU: 'Picked for you',
  PICKED_BY_US: 'Our selection',
  PINNED: 'Our selection',
  NEW: 'New here',
  EXPLORATION: 'Little known so far',
}

/** The reason in plain words. @param anchorName name of the item that it refers to, if it refers to one */
export function reasonText({ code }: CandidateReason, anchorName: string | undefined): string {
  return (TEXTS[code] ?? 'Recommended').replace('{item}', () => anchorName ?? 'this')
}
