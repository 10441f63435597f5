import type { Accumulator, Feature } from '../accumulators/accumulator.ts'
import { actionsByType } from '../accumulators/actions-by-type.ts'
import { attributeRates, surfaceRates } from '../accumulators/attribute-rates.ts'
import { buyAgain } from '../accumulators/buy-again.ts'
import { givenList, offlineNeighbours, proposingSources, withinSlate } from '../accumulators/candidate-features.ts'
import type { Cohort } from '../accumulators/cohort.ts'
import { cohorts } from '../accumulators/cohorts.ts'
import { context } from '../accumulators/context.ts'
import type { AttributeDeclarations } from '../accumulators/counted-values.ts'
import { contextAttributes, userAttributes } from '../accumulators/declared-features.ts'
import { dismissals } from '../accumulators/dismissed-items.ts'
import { eventAttribute, isCountedByItem } from '../accumulators/event-attribute.ts'
import {
  eventCounts,
  itemConversion,
  itemCounts,
  itemGoals,
  itemPopularity,
  itemRecency,
  trending,
} from '../accumulators/item-activity.ts'
import { itemClickRate } from '../accumulators/item-click-rate.ts'
import { chosenTogether, itemToItem } from '../accumulators/item-to-item.ts'
import { listChoices } from '../accumulators/list-choices.ts'
import type { PairSums } from '../accumulators/pair-sums.ts'
import { bandit, policyOutcomes } from '../accumulators/policy-outcomes.ts'
import { itemNumber, itemPrice, userPrice } from '../accumulators/prices.ts'
import { session, sessionEmbedding } from '../accumulators/session.ts'
import { userActivity, userClickRate, userDevices, userHours } from '../accumulators/user-activity.ts'
import { userEventAttribute, userFavourites } from '../accumulators/user-favourites.ts'
import { userItem } from '../accumulators/user-item.ts'
import type { CandidateSource } from '../candidates/source.ts'
import { type Domain, sourceNames } from './domain.ts'
import { unknownName } from './nearest-name.ts'

/** The keys of a domain that decide which accumulators it has. */
export interface StandardAccumulators {
  /** Item attributes whose values are counted, over all users and per user. */
  readonly keys: readonly string[]
  /** Item attributes that are numbers. */
  readonly numbers: readonly string[]
  /** Event types that are counted per item. */
  readonly countedEvents: readonly string[]
  readonly userAttributes: AttributeDeclarations
  readonly contextAttributes: AttributeDeclarations
  readonly eventAttributes: AttributeDeclarations
  readonly cohorts: readonly Cohort[]
  /** Whether the rate of goals per view is kept per item. */
  readonly goals: boolean
  /** Whether pairs of items that users choose together, in one cart or purchase, are counted. */
  readonly chosenTogether: boolean
  /** Whether purchases of each item are kept per user. */
  readonly buyAgain: boolean
  readonly pairs: PairSums
  /** Accumulators that a module brings. */
  readonly own: readonly Accumulator[]
  readonly surfaces: readonly string[]
  readonly sources: readonly CandidateSource[]
  readonly surfaceSources: NonNullable<Domain['surfaceSources']>
  /** Names of the features that also compare each candidate with the other candidates of its slate. */
  readonly compared: readonly string[]
  /** Receives a sentence for each name in `compared` that no feature of the accumulators has. */
  readonly problems: string[]
}

/** Compared features come in this order, whatever the order in which a domain names them: models were trained with it. */
const COMPARED_FIRST = [itemPopularity, itemClickRate, itemConversion, itemGoals].map(({ name }) => name).concat('item_to_item')

/** Returns the accumulators of a domain, in an order in which each reducer runs after the reducers that it depends on. */
export function standardAccumulators(options: StandardAccumulators): Accumulator[] {
  const { keys, numbers, countedEvents, goals, chosenTogether: together, own, surfaces, sources, surfaceSources } = options
  const accumulators = [
    // Before user_item, since they ask what the user had done with the item until now.
    userActivity,
    itemClickRate,
    ...keys.map(attributeRates),
    surfaceRates,
    userClickRate,
    userItem,
    actionsByType,
    dismissals,
    itemRecency,
    itemCounts,
    itemPopularity,
    itemConversion,
    ...(goals ? [itemGoals] : []),
    // A price is also compared with those of its category.
    ...numbers.map((number) => (number === 'price' ? itemPrice : itemNumber(number))),
    ...(countedEvents.length > 0 ? [eventCounts(countedEvents)] : []),
    userDevices,
    userHours,
    ...keys.map(userFavourites),
    ...numbers.map(userPrice),
    session,
    itemToItem(options.pairs),
    ...(together ? [chosenTogether] : []),
    ...(options.buyAgain ? [buyAgain] : []),
    trending(...keys),
    sessionEmbedding,
    policyOutcomes(surfaces),
    bandit,
    listChoices,
    context(surfaces),
    offlineNeighbours,
    proposingSources(sourceNames([sources, ...Object.values(surfaceSources)])),
    ...declaredAccumulators(options),
    ...(options.cohorts.length > 0 ? [cohorts(options.cohorts)] : []),
    givenList,
    ...own,
  ]
  return [...accumulators, withinSlate(comparedFeatures(accumulators, options))]
}

/** Those of declared attributes of users, requests and events, as far as they are in use. */
function declaredAccumulators({
  userAttributes: ofUsers,
  contextAttributes: ofContexts,
  eventAttributes: ofEvents,
}: StandardAccumulators): Accumulator[] {
  const [users, contexts] = [inUse(ofUsers), inUse(ofContexts)]
  const events = Object.entries(inUse(ofEvents))
  return [
    ...events.flatMap(([name, declaration]) => (isCountedByItem(declaration) ? [eventAttribute(name, declaration)] : [])),
    ...events.flatMap(([name, { kind }]) => (kind === 'key' ? [userEventAttribute(name)] : [])),
    ...(Object.keys(users).length > 0 ? [userAttributes(users)] : []),
    ...(Object.keys(contexts).length > 0 ? [contextAttributes(contexts)] : []),
  ]
}

function inUse(declarations: AttributeDeclarations): AttributeDeclarations {
  return Object.fromEntries(Object.entries(declarations).filter(([, { isUsed }]) => isUsed))
}

function comparedFeatures(
  accumulators: readonly Accumulator[],
  { compared, problems }: Pick<StandardAccumulators, 'compared' | 'problems'>,
): Feature[] {
  const first = COMPARED_FIRST.flatMap((name) => accumulators.filter((one) => one.name === name))
  const ordered = new Set([...first, ...accumulators])
  const features = [...ordered].flatMap(({ features }) => features).filter(({ column }) => column !== undefined)
  const names = features.map(({ name }) => name)
  for (const name of compared)
    if (!names.includes(name))
      problems.push(
        `compared.${name}: no accumulator has a feature of this name with one value for each item${unknownName(name, names)}`,
      )
  return features.filter(({ name }) => compared.includes(name))
}
