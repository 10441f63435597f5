import { serve } from '../../src/serve.ts'
import { fillWithDemo } from './fill.ts'

const { DOMAIN = 'e-commerce' } = process.env
if (DOMAIN !== 'e-commerce') {
  console.error(
    `liverank: The demo is a shop, and DOMAIN is ${DOMAIN}: leave DOMAIN out, or start without the demo by npm run serve.`,
  )
  process.exit(2)
}

/** The service with a simulated shop in it, for a first look. */
await serve(process.env, async (service, config, logger) => {
  const filled = await fillWithDemo(service, config.DATA_DIR)
  if (filled) logger.info(filled, 'demo shop ready')
})
