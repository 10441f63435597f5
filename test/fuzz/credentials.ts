import { JWT_SECRET, token } from '../support/tokens.ts'

const DAYS = 7 * 24 * 3600

/** Setting of the fuzzed service: it asks who calls, since an operation may create a key and so close an open service. */
export const AUTHENTICATION = { JWT_SECRET }

/** What ordinary clients show: a token of an admin that outlives the longest run. */
export const AUTHORIZATION = `Bearer ${await token({ role: 'admin', exp: Math.floor(Date.now() / 1000) + DAYS })}`
