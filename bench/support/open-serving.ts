import { basename, dirname } from 'node:path'
import { wallClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { warningsOnStderr } from '../../src/logger.ts'
import { systemRandomness } from '../../src/random.ts'
import { openService, type Service } from '../../src/service.ts'

/** A service as it serves: on the wall clock, with a model. @param folder of the model @param redisUrl absent: the embedded store */
export function openServing(folder: string, redisUrl: string | undefined): Promise<Service> {
  return openService({
    config: readConfig({ REDIS_URL: redisUrl, REDIS_PREFIX: 'bench', MODEL_DIR: dirname(folder), MODEL: basename(folder) }),
    dataDir: undefined,
    domain: eCommerce,
    clock: wallClock(),
    random: systemRandomness(),
    logger: warningsOnStderr(),
  })
}
