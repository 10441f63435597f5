/**
 * Liverank as a library: run the service in your own process, and define its domain in code. The command `liverank serve` runs the
 * same service without code.
 *
 * @example
 * ```ts
 * import { defineDomain, openService, readConfig, startServer, systemRandomness, wallClock, makeLogger } from 'liverank'
 *
 * const domain = defineDomain({ name: 'our-shop', extends: 'e-commerce' })
 * const config = readConfig(process.env)
 * const logger = makeLogger(config.LOG_LEVEL)
 * const service = await openService({
 *   config, dataDir: config.DATA_DIR, domain, clock: wallClock(), random: systemRandomness(), logger,
 * })
 * const server = await startServer(service, { host: '127.0.0.1', port: 4000, graphiql: false, logger })
 * ```
 *
 * @module
 */

export { type Clock, eventClock, wallClock } from './clock.ts'
export { DOMAIN_NAMES, type DomainName } from './domain/built-in-domain-names.ts'
export { DOMAINS } from './domain/built-in-domains.ts'
export * from './domain/define-domain.ts'
export { loadDomain } from './domain/load-domain.ts'
export { DomainError, ERROR_CODES, type ErrorCode, LiverankError } from './errors.ts'
export type { EventInput } from './events/validate-event.ts'
export { makeLogger } from './logging/logger.ts'
export { type Randomness, systemRandomness } from './random.ts'
export { type RunningServer, startServer } from './server/server.ts'
export { type Config, readConfig } from './service/config.ts'
export { openService, type Service, type ServiceOptions } from './service/service.ts'
export type { SlateRequest } from './slate/slate.ts'
export { DAY, HOUR, MINUTE, SECOND } from './time-units.ts'
