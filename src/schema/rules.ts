import { KEPT_ITEMS } from '../accumulators/event-meaning.ts'
import { refuseUnused } from '../domain/domain.ts'
import { numberFeature, OF_CANDIDATES } from '../rules/rule-features.ts'
import { checkRules, type Rules, type RulesCheck } from '../rules/rules.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ItemFilter, mayCompareWith, mayFilterBy } from './item-filter.ts'

const BoostInput = builder.inputType('BoostInput', {
  description: 'Raises or lowers the scores of some items.',
  fields: (t) => ({
    filter: t.field({ type: ItemFilter, required: true, description: 'The items whose scores change.' }),
    factor: t.float({
      required: true,
      description:
        'Factor, 0 to 1,000, by which the score of each item that the filter selects is multiplied. A factor below 1 lowers the score.',
    }),
  }),
})

const PinInput = builder.inputType('PinInput', {
  description: 'Puts an item at a fixed position, whatever its score.',
  fields: (t) => ({
    itemId: t.id({ required: true, description: 'The item to pin. Pin each item only once.' }),
    position: t.int({
      required: true,
      description:
        'Position in the slate: 1 is the top. In a request, it is at most `first`. In standing rules, it is at most 100.',
    }),
  }),
})

const LimitPerInput = builder.inputType('LimitPerInput', {
  description: 'At most `limit` items of a slate have the same value of the attribute.',
  fields: (t) => ({
    attribute: t.string({
      required: true,
      description: 'Attribute of the items, such as brand. If its value is a list, each element counts.',
    }),
    limit: t.int({ required: true, description: 'Largest number of items with one value, 1 to 1,000.' }),
    filter: t.field({
      type: ItemFilter,
      description:
        'Only items that this filter selects count, and only they are limited. If absent, all items. The filter may not use features. The filters of all limits together have at most 20 conditions.',
    }),
  }),
})

const SeenWithinInput = builder.inputType('SeenWithinInput', {
  description: 'Which part of the events of the user counts. Pass exactly one field.',
  isOneOf: true,
  fields: (t) => ({
    session: t.boolean({
      description:
        'With true, events since the start of the session count. This is the session that the request names, or else the latest session of the user. No event counts if the session has ended or has no event yet. The service refuses false.',
    }),
    hours: t.float({ description: 'Events of the last hours count: a number of hours above 0 and at most 87,600.' }),
    latestItems: t.int({
      description: `Events on this number of items count, 1 to ${KEPT_ITEMS}: the items with the latest events. For example, 1 without \`types\` means the item on which the user acted last.`,
    }),
  }),
})

const SeenRuleInput = builder.inputType('SeenRuleInput', {
  description:
    'Leaves out items on which the user acted, such as all that the user bought. `{}` leaves out all items on which the user acted, as far as the service knows them.',
  fields: (t) => ({
    types: t.stringList({
      description: `Event types that count, 1 to 50, such as \`purchase\`. If absent, events of all types but impressions count. The service knows only some of the items on which a user acted. With \`types\`, these are the latest ${KEPT_ITEMS} items of each type, but at most 300 pairs of an item and a type. Without \`types\`, they are the latest ${KEPT_ITEMS} items on which the user acted within the time \`expiry.pair\` of the domain. If you name a type with the role \`VIEW\`, \`CLICK\` or \`IMPRESSION\`, all types with this role count. Of these, the service knows the latest ${KEPT_ITEMS} items within the same time. For an item with views and clicks, it knows only the time of the latest of both.`,
    }),
    within: t.field({
      type: SeenWithinInput,
      description: 'Which part of these events counts. If absent, all events that the service knows.',
    }),
  }),
})

export const RulesInput = builder.inputType('RulesInput', {
  description:
    'Rules for a slate: each field is a rule. In a request, a rule that is absent or null comes from the standing rules (rules that are stored in the service).',
  fields: (t) => ({
    exclude: t.idList({ description: 'Ids of items that must not appear, at most 10,000.' }),
    filter: t.field({ type: ItemFilter, description: 'Only items that this filter selects may appear.' }),
    boost: t.field({
      type: [BoostInput],
      description: 'Up to 50 boosts, which multiply the scores of some items. If several boosts select an item, all apply.',
    }),
    pin: t.field({ type: [PinInput], description: 'Items at fixed positions. Use each position only once.' }),
    limitPer: t.field({
      type: [LimitPerInput],
      description:
        'Limits on the number of items with the same value of an attribute, such as 2 items of each brand. At most 10 limits.',
    }),
    diversity: t.float({
      description:
        'How much the items of the slate should differ from each other, 0 to 1. With 0, items are ranked by score alone. With 1, they are ranked only by how much they differ from the items above them.',
    }),
    seen: t.field({
      type: [SeenRuleInput],
      description:
        'Leaves out items on which the user acted. Each entry leaves out items by itself. At most 10 entries. If no rule sets `seen`, the domain decides: each built-in domain leaves out at least the item on which the user acted last. With `[]`, `seen` leaves out nothing.',
    }),
    excludeSeen: t.boolean({
      description: `With true, the latest ${KEPT_ITEMS} items on which the user acted, for example by a view, do not appear. They are left out in addition to those of \`seen\`. \`seen: [{}]\` leaves out the same items.`,
    }),
    excludePurchased: t.boolean({
      description: `With true, items that the user bought (an event with the role \`PURCHASE\`) do not appear, if they are among the latest ${KEPT_ITEMS} items on which the user acted. They are left out in addition to those of \`seen\`.`,
    }),
  }),
})

/**
 * Checks rules of a client.
 * @throws LiverankError BAD_USER_INPUT with the path of the invalid value
 * @throws ForbiddenError if a condition tests a feature or an attribute of the user, and the caller is a device
 */
export function rulesOf(
  input: typeof RulesInput.$inferInput,
  { last }: Pick<RulesCheck, 'last'>,
  { service: { accumulators, domain }, principal }: Pick<Context, 'service' | 'principal'>,
): Rules {
  const checkFeature = (name: string, path: string) => {
    mayFilterBy(principal, path)
    numberFeature(accumulators, OF_CANDIDATES, name, path)
  }
  const checkRelation = (to: 'user' | 'anchor', path: string, name: string) => {
    mayCompareWith(principal, to, path)
    if (to === 'user') refuseUnused(name, path, domain)
  }
  return checkRules(input, { prefix: 'rules.', last, checkFeature, checkRelation })
}
