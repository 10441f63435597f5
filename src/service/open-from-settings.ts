import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { loadDomain } from '../domain/load-domain.ts'
import { LiverankError } from '../errors.ts'
import { sentenceOf } from '../logging/error-sentences.ts'
import { systemRandomness } from '../random.ts'
import type { Config } from './config.ts'
import { openService, type Service, type ServiceObserver } from './service.ts'

interface Surroundings {
  readonly clock: Clock
  readonly logger: Logger
  /** Makes what is told of what the service does. */
  readonly observe?: (domain: Domain) => ServiceObserver | undefined
}

/**
 * Opens a service as the settings say. Loads the domain first, before anything is opened or written.
 * @throws LiverankError CONFIGURATION if a setting is to blame, such as a path that cannot be used or a model that cannot be loaded;
 * and as `openService`
 */
export async function openFromSettings(config: Config, { clock, logger, observe }: Surroundings): Promise<Service> {
  const domain = await loadDomain(config.DOMAIN)
  const random = systemRandomness()
  try {
    return await openService({ config, dataDir: config.DATA_DIR, domain, clock, random, logger, observer: observe?.(domain) })
  } catch (error) {
    throw isOfSettings(error) ? new LiverankError('CONFIGURATION', sentenceOf(error) ?? '', { cause: error }) : error
  }
}

/** Whether the model or the path that a setting names is to blame. */
function isOfSettings(error: unknown): boolean {
  if (error instanceof LiverankError) return error.code === 'MODEL_CONTRACT' || error.code === 'NOT_FOUND'
  return error instanceof Error && 'path' in error && sentenceOf(error) !== undefined
}
