import { z } from 'zod'
import type { Accumulator } from '../accumulators/accumulator.ts'
import { DECLARED_KINDS } from '../accumulators/counted-values.ts'
import { EVENT_ROLES } from '../accumulators/event-meaning.ts'
import type { CandidateSource } from '../candidates/source.ts'
import { CONSENT_RULES } from '../state/expiry.ts'
import { DOMAIN_NAMES } from './built-in-domain-names.ts'
import type { Domain } from './domain.ts'
import { duration } from './duration.ts'
import { unknownName } from './nearest-name.ts'
import { rules, seen } from './rules-schema.ts'
import { strictObject } from './strict-object.ts'
import { exploration, fading, sourcesSchema, surface } from './surface-schema.ts'

const eventType = strictObject({
  role: z
    .enum(EVENT_ROLES)
    .exactOptional()
    .describe('What the event means to accumulators. A new event type without a role is "other".'),
  weight: z
    .number()
    .exactOptional()
    .describe('How much interest in the item the event shows: 1 for a look, more for a commitment, 0 for none.'),
  goal: z.boolean().exactOptional().describe('Whether the event is a success of the application, such as a purchase.'),
  triggers: z
    .boolean()
    .exactOptional()
    .describe('Whether the event sends a fresh slate to subscribers of its user. True for a new event type.'),
  liked: strictObject({
    attribute: z.string().describe('The event attribute that says how much the user likes the item, such as a rating.'),
    from: z.number().describe('The lowest number that shows interest. An event with a lower one shows none.'),
  })
    .nullable()
    .exactOptional()
    .describe('From which number on an event, such as a rating, shows interest. If absent, each such event does.'),
  counted: z
    .boolean()
    .exactOptional()
    .describe('Whether each item has a feature for the event type: item_<type>_7d counts its events with a half-life of a week.'),
})

const declaredForm = strictObject({
  type: z
    .enum(DECLARED_KINDS)
    .exactOptional()
    .describe('key for a string or a list of strings, number for a number, flag for true or false.'),
  values: z
    .array(z.string())
    .nullable()
    .exactOptional()
    .describe('For a key: values that have a feature of their own, which is 1 or 0.'),
  bands: z
    .array(z.number())
    .nullable()
    .exactOptional()
    .describe('For a number: ascending bounds between bands. Each band has a feature of its own, which is 1 or 0.'),
  protected: z
    .boolean()
    .exactOptional()
    .describe(
      'Whether people must not be treated differently because of the attribute. The attribute then has no effect, unless protectedAttributes.use names it.',
    ),
})

const kindAlone = z.enum(DECLARED_KINDS).transform((type): z.output<typeof declaredForm> => ({ type }))

const declarations = z.record(
  z.string(),
  z
    .union([kindAlone, declaredForm], {
      error: ({ input }) =>
        typeof input === 'string'
          ? `"${input}" is not allowed${unknownName(input, DECLARED_KINDS)}`
          : 'expected key, number or flag, or an object such as { "type": "number", "bands": [18, 30] }',
    })
    .nullable(),
)

/** Returns whether a value is an accumulator object of a module. */
export function isAccumulator(value: unknown): value is Accumulator {
  return typeof value === 'object' && value !== null && 'features' in value && Array.isArray(value.features)
}

/** Schema of accumulators by name. Each is `true` or `false` for an optional accumulator, or the accumulator object of a module. */
export const accumulatorsSchema = z.record(
  z.string(),
  z.union([z.boolean(), z.custom<Accumulator>(isAccumulator)], { error: 'expected true or false' }).nullable(),
)

const policy = strictObject({
  name: z.string().describe('Name by which the results of the policy are kept.'),
  share: z.number().describe('Share of the users outside the hold-out, relative to the shares of the other policies.'),
  model: z
    .string()
    .nullable()
    .exactOptional()
    .describe('The model that ranks; null for the rule. If absent, the traffic of the models decides.'),
  rules: rules.exactOptional(),
  sources: z.array(z.string()).exactOptional().describe('Names of the sources to use. If absent, all sources of the domain.'),
  exploration: strictObject({ position: z.number(), share: z.number(), randomised: z.number() })
    .nullable()
    .exactOptional()
    .describe('Exploration on every surface; null for none. If absent, as in the domain.'),
})

const shape = {
  name: z
    .string()
    .min(1)
    .exactOptional()
    .describe('Name of the domain. If absent, the name of the file, or in a module the name of the extended domain.'),
  eventTypes: z
    .record(z.string().min(1), eventType.nullable())
    .exactOptional()
    .describe('Event types by name. null removes an event type.'),
  attributes: z
    .record(z.string(), z.enum(['key', 'number']).nullable())
    .exactOptional()
    .describe('Item attributes that accumulators use: key if its values are counted, number if it is a number.'),
  userAttributes: declarations
    .exactOptional()
    .describe('Attributes of users that count, by name: key, number or flag, or an object with more settings.'),
  contextAttributes: declarations
    .exactOptional()
    .describe(
      'Attributes of the context of a request that count, by name: key, number or flag, or an object with more settings.',
    ),
  eventAttributes: declarations
    .exactOptional()
    .describe('Attributes of events that count, by name: key, number or flag, or an object with more settings.'),
  protectedAttributes: strictObject({
    use: z.array(z.string()).exactOptional().describe('Names of protected attributes that have an effect all the same.'),
    refused: z.boolean().exactOptional().describe('Whether the domain refuses to start if `use` names an attribute.'),
  })
    .exactOptional()
    .describe('What is done with attributes that are declared with `protected: true`.'),
  cohorts: z
    .record(
      z.string(),
      z
        .array(z.string(), { error: 'expected a list such as ["user.city"], or ["user.city", "user.age"] for a crossing' })
        .nullable(),
    )
    .exactOptional()
    .describe(
      'Cohorts by name: the people who share a value of a declared attribute, such as ["user.city"], or the values of two, such as ["user.age", "user.city"].',
    ),
  embedding: z.string().nullable().exactOptional().describe('The item attribute that holds a vector.'),
  variantGroup: z
    .string()
    .nullable()
    .exactOptional()
    .describe('The item attribute that all variants of one thing share. A slate has at most one variant.'),
  showsOwnVariants: z.boolean().exactOptional().describe('Whether variants of the item on screen, or in the cart, may be shown.'),
  surfaces: z
    .record(z.string(), surface.nullable())
    .exactOptional()
    .describe('Places where slates are shown. {} adds a surface, null removes one.'),
  sources: sourcesSchema.exactOptional().describe('Where candidates come from, with quotas.'),
  expiry: strictObject({
    user: duration.exactOptional().describe('How long the data of a user is used after their last event.'),
    attributes: duration
      .exactOptional()
      .describe('How long uploaded attributes of a user are used after the last event or upload.'),
    item: duration.exactOptional().describe('How long the counters of an item are used after its last event.'),
    pair: duration.exactOptional().describe('How long the actions of a user on an item are used.'),
    dismissal: duration
      .exactOptional()
      .describe('How long slates leave out an item that the user has dismissed; as long as `user` if absent.'),
    session: duration.exactOptional().describe('After how long without an event a session ends.'),
  }).exactOptional(),
  similarItems: strictObject({
    halfLife: duration.exactOptional().describe('After how long a pair in the lists of similar items counts half.'),
  }).exactOptional(),
  lateness: duration.exactOptional().describe('How late an event may arrive and still count, and how long its id is known.'),
  consent: z
    .enum(CONSENT_RULES)
    .exactOptional()
    .describe('Whether a user counts only after giving consent (required), or until withdrawing it (assumed, the default).'),
  limits: strictObject({
    traffic: strictObject({
      attribute: z.string().exactOptional().describe('The event attribute that says who caused an event.'),
      uncounted: z.array(z.string()).exactOptional().describe('Values whose events are logged but not counted, such as staff.'),
    }).exactOptional(),
    eventsPerMinute: z
      .number()
      .nullable()
      .exactOptional()
      .describe('Events of one user in a minute that count; null for no limit.'),
    eventsPerItemAndHour: z
      .number()
      .nullable()
      .exactOptional()
      .describe('Events of one user on one item in an hour that add to shared counters; null for no limit.'),
    weightPerItemAndDay: z
      .number()
      .nullable()
      .exactOptional()
      .describe(
        'Total weight of the events that devices of one user add to shared counters of one item in a day; null for no limit. The same limit applies to the number of impressions.',
      ),
    unknownPerHour: z
      .number()
      .nullable()
      .exactOptional()
      .describe(
        'Items that were never uploaded, for each user and hour, whose events add to shared counters if a device sends them; null for no limit. The same limit applies to places on undeclared surfaces.',
      ),
  }).exactOptional(),
  accumulators: accumulatorsSchema.exactOptional().describe('Optional accumulators. A module may add its own under their names.'),
  compared: z
    .record(z.string(), z.boolean())
    .exactOptional()
    .describe('Features that also give <feature>_rank and <feature>_ratio, which compare a candidate with the others.'),
  diversity: z.number().exactOptional().describe('Strength of diversity where no rule sets it, 0 to 1.'),
  seen: seen
    .exactOptional()
    .describe('Items that slates leave out because the user acted on them, if no rule sets seen. [] leaves out none.'),
  fading: fading
    .nullable()
    .exactOptional()
    .describe('How much the scores of items that were shown and ignored fall in later slates.'),
  exploration: strictObject({
    arms: z.number().exactOptional().describe('Number of items from which a slot is drawn, 2 to 40.'),
    gamma: z
      .number()
      .exactOptional()
      .describe(
        'Greediness of the draw, above 0. The higher it is, the more often the item with the highest expected reward is drawn.',
      ),
    knownAfterClicks: z
      .number()
      .nullable()
      .exactOptional()
      .describe(
        'Explore an item until its impressions would have brought an average item this many clicks; in a shop without impressions, until it has this many views and clicks. null: for ever.',
      ),
    inputs: z
      .record(
        z.string(),
        strictObject({
          from: z.number().exactOptional().describe('The value that counts as 0; 0 if absent.'),
          to: z.number().exactOptional().describe('The value that counts as 1; 1 if absent.'),
          missing: z.number().exactOptional().describe('The value for a missing feature; 0 if absent.'),
        }).nullable(),
      )
      .exactOptional()
      .describe('Features that predict the reward of an item.'),
    elsewhere: strictObject(exploration)
      .nullable()
      .exactOptional()
      .describe('Exploration on surfaces without settings of their own.'),
  })
    .nullable()
    .exactOptional()
    .describe('Slots that are drawn among items with few impressions; null for none.'),
  experiment: strictObject({
    holdOut: z.number().exactOptional().describe('Share of the users, 0 to 0.5, who get the most popular items only.'),
    policies: z.array(policy).exactOptional().describe('Ways to make slates, to be compared. The first is the baseline.'),
  }).exactOptional(),
}

/** Schema of a built-in domain: its differences from the standard domain. */
export const definitionSchema = strictObject(shape)

const EXTENDS = 'The domain to start from. If absent, the standard event types alone, without sources.'

/** Schema of a domain that a module defines. `extends` may also be a domain that `defineDomain` made. */
export const extendingSchema = strictObject({
  $schema: z.string().exactOptional(),
  extends: z
    .union([z.enum(DOMAIN_NAMES), z.custom<Domain>((value) => definitionOf(value) !== undefined)], {
      error: ({ input }) =>
        typeof input === 'string'
          ? `there is no built-in domain ${input}${unknownName(input, DOMAIN_NAMES)}`
          : `expected ${DOMAIN_NAMES.join(', ')}, or a domain that defineDomain made`,
    })
    .exactOptional(),
  ...shape,
})

/** Schema of a JSON or YAML domain file. The JSON Schema for editors is generated from it. */
export const domainFileSchema = strictObject({
  $schema: z.string().exactOptional(),
  extends: z.enum(DOMAIN_NAMES).exactOptional().describe(EXTENDS),
  ...shape,
})

/**
 * Definition of a domain: its differences from the domain that it extends. A duration is a number of ms or text such as `7d`. A
 * source may be given as its quota alone. null removes an entry of the extended domain.
 */
export type DomainDefinition = z.input<typeof extendingSchema>

/** A definition after parsing: durations are in ms. */
export type Definition = z.output<typeof definitionSchema>

type Merged<T> = T extends readonly unknown[] | CandidateSource | Accumulator
  ? T
  : T extends object
    ? { [K in keyof T]: Merged<Exclude<T[K], null>> }
    : T

/** A definition merged with the definitions that it extends. It contains no null. */
export type MergedDefinition = Merged<Definition>

/** Where a domain keeps the definition that it was made from. All copies of this package in one process share the symbol. */
const DEFINITION = Symbol.for('liverank.domain-definition')

/**
 * Attaches a definition to the domain that was made from it. The key is not enumerable: a changed copy is a different domain and
 * loses the definition.
 */
export function withDefinition(domain: Domain, definition: MergedDefinition): Domain {
  return Object.defineProperty(domain, DEFINITION, { value: definition })
}

/** Returns the definition of a domain that `defineDomain` made; undefined for any other value. */
export function definitionOf(domain: unknown): MergedDefinition | undefined {
  if (typeof domain !== 'object' || domain === null || !(DEFINITION in domain)) return undefined
  return domain[DEFINITION] as MergedDefinition
}
