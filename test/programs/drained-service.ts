import { once } from 'node:events'
import { serve } from '../../src/serve/serve.ts'

/**
 * A program: the service, which serves on after SIGTERM until it gets SIGUSR2. So a test ends its drain when the balancer has turned
 * away, however long that takes.
 */
await serve(process.env, async () => ({ begin() {}, end: async () => void (await once(process, 'SIGUSR2')) }))
