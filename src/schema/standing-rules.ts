import { InvalidInputError } from '../errors.ts'
import { removeRules, type StandingWithRules, setRules } from '../events/set-rules.ts'
import { type Standing, standingId } from '../rules/standing-rules.ts'
import type { JsonObject } from '../state/user-value.ts'
import { MAX_SLATE } from './argument-checks.ts'
import { builder } from './builder.ts'
import { orError, resultType } from './error.ts'
import { pageOf } from './pages.ts'
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

const SetRulesResult = resultType('SetRules', SetRulesPayload)
const RemoveRulesResult = resultType('RemoveRules', RemoveRulesPayload)

/** Checks that a client did not forget the surface: its rules would otherwise change those for all surfaces. */
function surfaceOf({ surface }: { readonly surface?: string | null | undefined }): string | undefined {
  if (surface !== undefined) return surface ?? undefined
  throw new InvalidInputError('surface is missing: pass the name of a surface, or null for the rules of all surfaces.', 'surface')
}

const StandingRulesEdge = builder.edgeObject({ type: StandingRules, name: 'StandingRulesEdge' })
const StandingRulesConnection = builder.connectionObject(
  { type: StandingRules, name: 'StandingRulesConnection' },
  StandingRulesEdge,
)

builder.queryField('standingRules', (t) =>
  t.connection(
    {
      type: StandingRules,
      nullable: true,
      description:
        'The standing rules: rules that are stored in the service, and apply to every slate of a surface or of all surfaces.',
      complexity: ({ first, last }) => ({ field: 10, multiplier: first ?? last ?? 20 }),
      resolve: (_, args, { service }) => pageOf(service.standingRules.all, args, ({ surface }) => standingId(surface)),
    },
    StandingRulesConnection,
    StandingRulesEdge,
  ),
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
      orError(async () => {
        const { service, principal } = context
        const named = surfaceOf(input)
        const checked = rulesOf(input.rules, { last: MAX_SLATE }, context)
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
      orError(async () => {
        const named = surfaceOf(input)
        return service.audit.perform(principal, { action: 'REMOVE_RULES', target: named ?? null }, async () => {
          const removed = await removeRules(service, named)
          return { result: { removed }, before: removed?.rules }
        })
      }),
  }),
}))
