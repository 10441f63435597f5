import type { Domain } from '../domain/domain.ts'
import { loadDomain } from '../domain/load-domain.ts'
import { type Config, readConfig } from '../service/config.ts'
import { examineClock } from './clock.ts'
import { examineDataFolder } from './data-folder.ts'
import { type Finding, ok, problemOf, warning } from './finding.ts'
import { examineIssuer } from './issuer.ts'
import { examineModel } from './model.ts'
import { examineRedis } from './redis.ts'
import { examineRunningService } from './running-service.ts'

/**
 * Checks everything that a service with these settings needs. Changes nothing. If settings are invalid, they are the only finding.
 */
export async function examine(environment: Record<string, string | undefined>): Promise<Finding[]> {
  let config: Config
  let domain: Domain
  try {
    config = readConfig(environment)
    domain = await loadDomain(config.DOMAIN)
  } catch (error) {
    return [problemOf('settings', error)]
  }
  const store =
    config.REDIS_URL === undefined ? await examineDataFolder(config) : await examineRedis(config, config.REDIS_URL, domain)
  return [
    ...examineSettings(config),
    ...(await examineIssuer(config)),
    ...store,
    ...(await examineModel(config, domain)),
    ...(await examineClock()),
    ...(await examineRunningService(config)),
  ]
}

function* examineSettings(config: Config): Generator<Finding> {
  const place = config.REDIS_URL === undefined ? `the embedded store in ${config.DATA_DIR}` : 'Redis'
  yield ok('settings', `The settings are usable: domain ${config.DOMAIN}, ${place}.`)
  if (config.ALLOW_UNAUTHENTICATED)
    yield warning(
      'settings',
      'ALLOW_UNAUTHENTICATED=1: anyone who can reach the port can read and write everything.',
      'Create a key (liverank keys create) or set JWT_SECRET or JWKS_URL, and unset ALLOW_UNAUTHENTICATED.',
    )
  if (config.REDIS_URL !== undefined && !config.ARCHIVE_DIR)
    yield warning(
      'settings',
      `ARCHIVE_DIR is not set: folded log entries older than ${config.LOG_MARGIN} minutes are deleted, so no model can be trained on them.`,
      'Set ARCHIVE_DIR to a persistent folder.',
    )
  if (config.CLOCK === 'events')
    yield warning('settings', 'CLOCK=events: now is the time of the latest event.', 'Use it for replays only.')
}
