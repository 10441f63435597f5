import type { ReasonCode as BuiltInCode } from '../candidates/built-in-reason.ts'
import type { CandidateReason } from '../candidates/source.ts'
import { reasonText } from '../slate/reason-text.ts'
import { builder } from './builder.ts'
import { Item } from './item.ts'

const CODES = {
  BECAUSE_YOU_VIEWED: 'The item is similar to `anchorItem`, on which the user acted lately.',
  SIMILAR_TO_THIS: 'The item is similar to `anchorItem`, which is on screen.',
  TRENDING: 'Many users act on the item now.',
  TRENDING_FOR_YOU: 'Many users act on the item now, in a category that the user prefers or visits.',
  TRENDING_HERE: 'Many users act on the item now, on this surface.',
  FAVOURITE_CATEGORY: 'The item is popular in a category that the user likes.',
  FAVOURITE_BRAND: 'The item is popular, and from a brand that the user likes.',
  FAVOURITE: 'The item is popular, and has an attribute that the user likes.',
  PEOPLE_LIKE_YOU: 'People with the same value of an attribute, such as the city, act on the item.',
  CHOSEN_TOGETHER: 'Users choose the item together with `anchorItem`.',
  ALIKE: 'The uploaded vectors of the item and of `anchorItem` are similar.',
  SEEN_BEFORE: 'The user acted on the item before.',
  PICKED_FOR_YOU: 'The item is in the offline list of the user.',
  PICKED_BY_US: 'The item is in the offline list of a segment, or in that for all users.',
  PINNED: 'A rule pinned the item: it put the item at a fixed position.',
  NEW: 'The item is new.',
  EXPLORATION: 'The service drew the item at random from items that few people have seen.',
  GIVEN: 'The request gave the item in `candidates`.',
  MORE: 'The sources proposed too few items, and this item fills the slate.',
} satisfies Record<BuiltInCode, string>

type Code = BuiltInCode | 'OTHER'

const described = Object.entries(CODES).map(([code, description]) => [code, { description }] as const)

const ReasonCode = builder.enumType('ReasonCode', {
  description: 'Kind of a reason.',
  values: Object.fromEntries([
    ...described,
    ['OTHER', { description: 'A source of your own gave the reason. `ownCode` has its code.' }],
  ]) as Record<Code, { description: string }>,
})

const isBuiltIn = (code: string): code is BuiltInCode => Object.hasOwn(CODES, code)

/** Why an item is in a slate. */
export const Reason = builder.objectRef<CandidateReason>('Reason').implement({
  description:
    'Why an item is in a slate. Most reasons come from the source that proposed the item. If several sources proposed it, the reason comes from the source in whose order the item stands highest.',
  fields: (t) => ({
    code: t.field({
      type: ReasonCode,
      description: 'Kind of the reason.',
      resolve: ({ code }): Code => (isBuiltIn(code) ? code : 'OTHER'),
    }),
    ownCode: t.string({
      nullable: true,
      description: 'The code that a source of your own gave. Null if the service itself gave the reason.',
      resolve: ({ code }) => (isBuiltIn(code) ? null : code),
    }),
    text: t.string({
      description: 'Text of the reason for the person who sees the slate.',
      args: {
        locale: t.arg.string({
          description:
            'Language of the text, such as de, ja-JP or en-GB. English, German and Japanese are available. Any other language gives an English text. Without this argument, the header `Accept-Language` decides: that of the HTTP request, or of the request that opened the WebSocket.',
        }),
      },
      resolve: (reason, { locale }, { service, language }) => {
        const { anchorItemId } = reason
        const title = anchorItemId === undefined ? undefined : service.catalogue.get(anchorItemId)?.attributes.title
        return reasonText(reason, typeof title === 'string' ? title : anchorItemId, locale ?? language)
      },
    }),
    anchorItem: t.field({
      type: Item,
      nullable: true,
      description:
        'The item that the reason names: for `BECAUSE_YOU_VIEWED`, the item that the user viewed. Null if the reason names no item, or if the catalogue does not have the item.',
      resolve: ({ anchorItemId }, _, { service }) => (anchorItemId === undefined ? null : service.catalogue.get(anchorItemId)),
    }),
  }),
})
