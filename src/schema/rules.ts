import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { InvalidInputError } from '../errors.ts'
import { setRules } from '../events/set-rules.ts'
import { numberFeature, OF_CANDIDATES } from '../rules/rule-features.ts'
import { checkRules, type Rules, type RulesCheck } from '../rules/rules.ts'
import type { Standing } from '../rules/standing-rules.ts'
import type { JsonObject } from '../state/user-value.ts'
import { MAX_SLATE } from './argument-checks.ts'
import { builder } from './builder.ts'
import { ErrorInterface, type FieldErrorModel, invalidInput } from './error.ts'
import { ItemFilter } from './item-filter.ts'

const BoostInput = builder.inputType('BoostInput', {
  description: 'Raises or lowers the scores of some items.',
  fields: (t) => ({
    filter: t.field({ type: ItemFilter, required: true }),
    factor: t.float({
      required: true,
      description: 'Multiplies the score of each item that matches the filter; a factor below 1 lowers it.',
    }),
  }),
})

const PinInput = builder.inputType('PinInput', {
  description: 'Puts an item at a fixed position, whatever its score.',
  fields: (t) => ({ itemId: t.id({ required: true }), position: t.int({ required: true, description: '1 is the top.' }) }),
})

const LimitPerInput = builder.inputType('LimitPerInput', {
  description: 'At most `limit` items of a slate have the same value of the attribute.',
  fields: (t) => ({ attribute: t.string({ required: true }), limit: t.int({ required: true }) }),
})

export const RulesInput = builder.inputType('RulesInput', {
  description: 'Rules for a slate. In a request, the standing rules supply each part that is absent or null.',
  fields: (t) => ({
    exclude: t.idList({ description: 'Items that must not appear.' }),
    filter: t.field({ type: ItemFilter, description: 'Only items that match may appear.' }),
    boost: t.field({ type: [BoostInput] }),
    pin: t.field({ type: [PinInput] }),
    limitPer: t.field({
      type: [LimitPerInput],
      description: 'Largest numbers of items with one value of an attribute, such as 2 of each brand.',
    }),
    diversity: t.float({
      description: 'Strength of diversity, 0 to 1: 0 ranks by score alone, 1 by difference from the items above.',
    }),
    excludeSeen: t.boolean({ description: 'True: items that the user acted on do not appear.' }),
    excludePurchased: t.boolean({ description: 'True: items that the user bought do not appear.' }),
  }),
})

/** Checks rules of a client. @throws LiverankError BAD_USER_INPUT with the path of the invalid value */
export function rulesOf(
  input: typeof RulesInput.$inferInput,
  { prefix, last }: Pick<RulesCheck, 'prefix' | 'last'>,
  accumulators: AccumulatorSet,
): Rules {
  const checkFeature = (name: string, path: string) => void numberFeature(accumulators, OF_CANDIDATES, name, path)
  return checkRules(input, { prefix, last, checkFeature })
}

const StandingRules = builder.objectRef<Standing>('StandingRules').implement({
  description: 'Rules that apply to every slate of a surface.',
  fields: (t) => ({
    surface: t.string({
      nullable: true,
      description: 'Null: these rules apply to all surfaces.',
      resolve: ({ surface }) => surface,
    }),
    rules: t.field({
      type: 'JSONObject',
      description: 'The rules in the shape of RulesInput, so that you can edit them and send them back.',
      resolve: ({ rules }) => ({ ...rules }) as JsonObject,
    }),
    updatedAt: t.field({ type: 'DateTime', resolve: ({ updatedAt }) => new Date(updatedAt) }),
  }),
})

const SetRulesPayload = builder.objectRef<{ readonly standing: Standing }>('SetRulesPayload').implement({
  fields: (t) => ({
    standing: t.field({
      type: StandingRules,
      nullable: true,
      description: 'Null if the rules were removed.',
      resolve: ({ standing }) => (standing.rules ? standing : null),
    }),
  }),
})

const InvalidRulesError = builder.objectRef<FieldErrorModel>('InvalidRulesError')
InvalidRulesError.implement({
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.string({
      nullable: true,
      description: 'Path within rules, such as boost.0.factor.',
      resolve: ({ field }) => field,
    }),
  }),
})

const SetRulesResult = builder.unionType('SetRulesResult', {
  types: [SetRulesPayload, InvalidRulesError],
  resolveType: (value) => ('standing' in value ? 'SetRulesPayload' : 'InvalidRulesError'),
})

builder.queryField('standingRules', (t) =>
  t.field({
    description: 'The standing rules of each surface: rules that apply without being named in a request.',
    type: [StandingRules],
    nullable: { list: true, items: false },
    resolve: (_, __, { service }) => service.standingRules.all,
  }),
)

builder.mutationField('setRules', (t) =>
  t.field({
    type: SetRulesResult,
    nullable: true,
    description:
      'Sets the standing rules of a surface, or of all surfaces if surface is absent. A request overrides them part by part. `rules: null` removes them.',
    args: { surface: t.arg.string(), rules: t.arg({ type: RulesInput }) },
    complexity: 1000,
    resolve: async (_, { surface, rules }, { service }) => {
      try {
        const checked = rules ? rulesOf(rules, { prefix: '', last: MAX_SLATE }, service.accumulators) : undefined
        return { standing: await setRules(service, surface ?? undefined, checked) }
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error
        return invalidInput(error)
      }
    },
  }),
)
