import { basename, dirname } from 'node:path'
import { startTemporaryRedis } from '../../lab/replay/temporary-redis.ts'
import { wallClock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { warningsOnStderr } from '../../src/logging/logger.ts'
import { systemRandomness } from '../../src/random.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService, type Service } from '../../src/service/service.ts'
import type { StoreName } from './command-options.ts'

/** A service as it serves: on the wall clock, with a model. @param folder of the model @param redisUrl absent: the embedded store */
function openServing(folder: string, redisUrl: string | undefined): Promise<Service> {
  return openService({
    config: readConfig({ REDIS_URL: redisUrl, REDIS_PREFIX: 'bench', MODEL_DIR: dirname(folder), MODEL: basename(folder) }),
    dataDir: undefined,
    domain: eCommerce,
    clock: wallClock(),
    random: systemRandomness(),
    logger: warningsOnStderr(),
  })
}

/** Does the work on each of these stores in turn; Redis is one of its own. Closes what it opened, even if the work fails. */
export async function onEachStore(
  stores: readonly StoreName[],
  folder: string,
  work: (service: Service, redisUrl: string | undefined) => Promise<void>,
): Promise<void> {
  for (const store of stores) {
    const redis = store === 'redis' ? await startTemporaryRedis() : undefined
    try {
      const service = await openServing(folder, redis?.url)
      try {
        await work(service, redis?.url)
      } finally {
        await service.close()
      }
    } finally {
      await redis?.stop()
    }
  }
}
