import { LiverankError } from '../../src/errors.ts'
import { type Prepare, serve } from '../../src/serve/serve.ts'
import { DemoTraffic } from './demo-traffic.ts'
import { fillWithDemo } from './fill.ts'

export interface DemoOptions {
  /** Whether simulated shoppers visit the shop. */
  readonly hasTraffic: boolean
}

/** Runs the service with a simulated shop in it and GraphiQL on, for a first look. @throws as `serve` */
export async function serveDemo(environment: Record<string, string | undefined>, { hasTraffic }: DemoOptions): Promise<void> {
  const { DOMAIN = 'e-commerce' } = environment
  if (DOMAIN !== 'e-commerce') {
    throw new LiverankError(
      'CONFIGURATION',
      `The demo needs the domain e-commerce, but DOMAIN is ${DOMAIN}: unset DOMAIN, or start without the demo (npm run serve).`,
    )
  }
  const prepare: Prepare = async (service, config, logger) => {
    const filled = await fillWithDemo(service, config.DATA_DIR)
    if (filled) logger.info(filled, 'demo shop ready')
    return hasTraffic ? new DemoTraffic(service, logger) : undefined
  }
  // A demo may rest for days, and its data may be made anew: the clock of this machine is believed.
  const CLOCK_CHECKED = new Date().toISOString().slice(0, 10)
  // The shipped model was trained on events of such a shop.
  await serve({ GRAPHIQL: '1', CLOCK_CHECKED, MODEL: 'default', ...environment }, prepare, ['start', 'shop', 'console'])
}
