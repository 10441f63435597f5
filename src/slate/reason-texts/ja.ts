import type { ReasonTexts } from './en.ts'

/** Japanese texts, in the polite form. */
export const ja: ReasonTexts = {
  BECAUSE_YOU_VIEWED: '「{item}」をご覧になったため',
  SIMILAR_TO_THIS: '「{item}」と合うもの',
  TRENDING: 'いま人気です',
  TRENDING_FOR_YOU: 'お好みの中で人気です',
  TRENDING_HERE: 'このページでいま人気です',
  FAVOURITE_CATEGORY: 'お好きなカテゴリで人気です',
  FAVOURITE_BRAND: 'お好きなブランドで人気です',
  FAVOURITE: 'お好みの中で人気です',
  PEOPLE_LIKE_YOU: 'あなたと似た人に人気',
  CHOSEN_TOGETHER: '「{item}」と一緒に選ばれています',
  ALIKE: '「{item}」に似ています',
  SEEN_BEFORE: '以前に関心を示されました',
  PICKED_FOR_YOU: 'あなたへのおすすめ',
  PICKED_BY_US: '私たちのおすすめ',
  PINNED: '私たちのおすすめ',
  NEW: '新着です',
  EXPLORATION: 'まだあまり知られていません',
  GIVEN: 'あなたに合わせた並び順です',
  MORE: 'ほかにもこちら',
  OTHER: 'おすすめ',
  THIS_ITEM: 'こちら',
}
