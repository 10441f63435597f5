import { InvalidInputError } from '../errors.ts'
import { removeRules, type StandingWithRules, setRules } from '../events/set-rules.ts'
import type { Standing } from '../rules/standing-rules.ts'
import type { JsonObject } from '../state/user-value.ts'
import { MAX_SLATE } from './argument-checks.ts'
import { builder } from './builder.ts'
import { ErrorInterface, type FieldErrorModel, invalidInput } from './error.ts'
import { RulesInput, rulesOf } from './rules.ts'
import { rulesCost } from './slate-cost.ts'
import { Surface } from './vocabulary.ts'

const StandingRules = builder.objectRef<Standing>('StandingRules').implement({
  description:
    'Rules that are stored in the service, and apply to every slate of a surface (place where slates appear) or of all surfaces.',
  fields: (t) => ({
    surface: t.field({
      type: Surface,
      nullable: true,
      description: 'The surface. Null: these rules apply to all surfaces.',
      resolve: ({ surface }) => (surface === undefined ? null : { name: surface }),
    }),
    rules: t.field({
      type: 'JSONObject',
      description: 'The rules in the shape of `RulesInput`, so that you can edit them and send them back.',
      resolve: ({ rules }) => ({ ...rules }) as JsonObject,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When these rules were set.',
      resolve: ({ updatedAt }) => new Date(updatedAt),
    }),
  }),
})

const SetRulesPayload = builder.objectRef<{ readonly standing: StandingWithRules }>('SetRulesPayload').implement({
  description: 'The rules were set.',
  fields: (t) => ({
    standing: t.field({
      type: StandingRules,
      description: 'The new standing rules. They replace all earlier ones of this surface.',
      resolve: ({ standing }) => standing,
    }),
  }),
})

const RemoveRulesPayload = builder
  .objectRef<{ readonly removed: StandingWithRules | undefined }>('RemoveRulesPayload')
  .implement({
    description: 'The result of removing the standing rules of a surface, or those for all surfaces.',
    fields: (t) => ({
      removed: t.field({
        type: StandingRules,
        nullable: true,
        description:
          'The rules that were removed. With `setRules`, you can set them again. Null if there were none, or if they were unreadable.',
        resolve: ({ removed }) => removed,
      }),
    }),
  })

const InvalidRulesError = builder.objectRef<FieldErrorModel>('InvalidRulesError').implement({
  description: 'The rules, or the name of the surface, cannot be used. Nothing changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.string({
      nullable: true,
      description:
        'Where the mistake is: a path within the rules, such as `boost.0.factor`, or `surface` if the name of the surface is wrong. Null if no single part is wrong.',
      resolve: ({ field }) => field,
    }),
  }),
})

const SetRulesResult = builder.unionType('SetRulesResult', {
  description: 'The result of `setRules`: the new rules, or an error.',
  types: [SetRulesPayload, InvalidRulesError],
  resolveType: (value) => ('standing' in value ? 'SetRulesPayload' : 'InvalidRulesError'),
})

const RemoveRulesResult = builder.unionType('RemoveRulesResult', {
  description: 'The result of `removeRules`: the removed rules, or an error.',
  types: [RemoveRulesPayload, InvalidRulesError],
  resolveType: (value) => ('removed' in value ? 'RemoveRulesPayload' : 'InvalidRulesError'),
})

/** Checks that a client did not forget the surface: its rules would otherwise change those for all surfaces. */
function surfaceOf({ surface }: { readonly surface?: string | null | undefined }): string | undefined {
  if (surface !== undefined) return surface ?? undefined
  throw new InvalidInputError('surface is missing: pass the name of a surface, or null for the rules of all surfaces.', 'surface')
}

/** Returns the result, or an error of the input as data. */
async function orInvalid<T>(result: () => Promise<T>): Promise<T | FieldErrorModel> {
  try {
    return await result()
  } catch (error) {
    if (error instanceof InvalidInputError) return invalidInput(error)
    throw error
  }
}

builder.queryField('standingRules', (t) =>
  t.field({
    description:
      'The standing rules: rules that are stored in the service, and apply to every slate of a surface or of all surfaces.',
    type: [StandingRules],
    nullable: { list: true, items: false },
    resolve: (_, __, { service }) => service.standingRules.all,
  }),
)

const surface = {
  description:
    'Name of the surface, or null. With null, the mutation changes only the rules for all surfaces together, and keeps those of single surfaces. The service refuses an input without this field, so that a forgotten value does not change the rules for all surfaces.',
} as const

const SetRulesInput = builder.inputType('SetRulesInput', {
  description: 'The rules that the mutation sets.',
  fields: (t) => ({
    surface: t.string(surface),
    rules: t.field({
      type: RulesInput,
      required: true,
      description: 'All standing rules of the surface. A rule that is absent or null is not set.',
    }),
  }),
})

const RemoveRulesInput = builder.inputType('RemoveRulesInput', {
  description: 'The surface of which the mutation removes the rules.',
  fields: (t) => ({ surface: t.string(surface) }),
})

builder.mutationFields((t) => ({
  setRules: t.field({
    type: SetRulesResult,
    nullable: true,
    description:
      'Sets the standing rules of a surface (a place where slates appear), or the rules for all surfaces together. They replace the rules that were set for the same surface, or for all surfaces, before. If a request for a slate has rules too, each rule of the request replaces, for its slate, the standing rule of the same name.',
    args: { input: t.arg({ type: SetRulesInput, required: true, description: 'The surface and its rules.' }) },
    complexity: ({ input: { rules } }) => 1000 + rulesCost(rules) / 10,
    resolve: (_, { input }, context) =>
      orInvalid(async () => {
        const { service, principal } = context
        const named = surfaceOf(input)
        const checked = rulesOf(input.rules, { prefix: '', last: MAX_SLATE }, context)
        return service.audit.perform(principal, { action: 'SET_RULES', target: named ?? null }, async () => {
          const { standing, before } = await setRules(service, named, checked)
          return { result: { standing }, before, after: standing.rules }
        })
      }),
  }),
  removeRules: t.field({
    type: RemoveRulesResult,
    nullable: true,
    description:
      'Removes the standing rules of a surface (a place where slates appear). With null, it removes only the rules that were set for all surfaces together, and keeps the rules of single surfaces.',
    args: { input: t.arg({ type: RemoveRulesInput, required: true, description: 'The surface.' }) },
    complexity: 1000,
    resolve: (_, { input }, { service, principal }) =>
      orInvalid(async () => {
        const named = surfaceOf(input)
        return service.audit.perform(principal, { action: 'REMOVE_RULES', target: named ?? null }, async () => {
          const removed = await removeRules(service, named)
          return { result: { removed }, before: removed?.rules }
        })
      }),
  }),
}))
