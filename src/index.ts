/**
 * Liverank as a library: a service in a process of your own, and the parts of a domain. `liverank serve` is the same service without code.
 *
 * @example
 * ```ts
 * import { DOMAINS, openService, readConfig, startServer, systemRandomness, wallClock, makeLogger } from 'liverank'
 *
 * const config = readConfig(process.env)
 * const logger = makeLogger(config.LOG_LEVEL)
 * const service = await openService({
 *   config, dataDir: config.DATA_DIR, domain: DOMAINS['e-commerce'], clock: wallClock(), random: systemRandomness(), logger,
 * })
 * const server = await startServer(service, { host: '127.0.0.1', port: 4000, graphiql: false, logger })
 * ```
 *
 * @module
 */

export type { Accumulator, AttributeKind, Column, EntityKind, Feature, Reduction } from './accumulators/accumulator.ts'
export { attributeRates } from './accumulators/attribute-rates.ts'
export { chosenTogether } from './accumulators/chosen-together.ts'
export { type CountingLimits, NO_LIMITS } from './accumulators/counting-limits.ts'
export type { EventMeaning } from './accumulators/event-meaning.ts'
export { DEFAULT_EXPIRY, type Expiry } from './accumulators/expiry.ts'
export { itemNumber } from './accumulators/item-number.ts'
export { itemPrice } from './accumulators/item-price.ts'
export { userFavourites } from './accumulators/user-favourites.ts'
export { userPrice } from './accumulators/user-price.ts'
export { chosenTogetherSource } from './candidates/chosen-together.ts'
export { embeddingSource } from './candidates/embedding.ts'
export { favouritesSource } from './candidates/favourites.ts'
export { itemToItemSource } from './candidates/item-to-item.ts'
export { newItemsSource } from './candidates/new-items.ts'
export { offlineSource } from './candidates/offline.ts'
export { recentlySeenSource } from './candidates/recently-seen.ts'
export type { CandidateRequest, CandidateSource, Candidates, ReadingSource } from './candidates/source.ts'
export { trendingSource } from './candidates/trending.ts'
export { type Clock, eventClock, wallClock } from './clock.ts'
export { type Config, readConfig } from './config.ts'
export { checkDomain } from './domain/check-domain.ts'
export type { Domain, Fading } from './domain/domain.ts'
export { DOMAIN_NAMES, DOMAINS, type DomainName } from './domain/domains.ts'
export type { Exploration, RewardInput, SurfaceExploration } from './domain/exploration.ts'
export { type Experiment, NO_EXPERIMENT, type Policy } from './domain/policy.ts'
export { type StandardAccumulators, standardAccumulators } from './domain/standard-accumulators.ts'
export { STANDARD_EVENTS, UNCOUNTED_TRAFFIC } from './domain/standard-events.ts'
export { distanceInput, shareInput, standardExploration } from './domain/standard-exploration.ts'
export { ERROR_CODES, type ErrorCode, LiverankError } from './errors.ts'
export type { EventInput } from './events/event-input.ts'
export { makeLogger } from './logger.ts'
export { type Randomness, systemRandomness } from './random.ts'
export { type RunningServer, startServer } from './server/server.ts'
export { openService, type Service, type ServiceOptions } from './service.ts'
export type { SlateRequest } from './slate/slate.ts'
export { DAY, HOUR, MINUTE, SECOND } from './time-units.ts'
