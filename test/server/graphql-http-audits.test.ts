import { serverAudits } from 'graphql-http'
import { describe, expect, it } from 'vitest'
import { openTestService, serve } from '../support/server.ts'

/** The audits of the specification "GraphQL over HTTP", by graphql-http. */
describe('the audits of GraphQL over HTTP', () => {
  // The url is known once a server runs: each audit asks for it when it fetches.
  let url = ''
  const audits = serverAudits({ url: () => url })

  it('have not changed in number', () => expect(audits).toHaveLength(61))

  it('hold, except for GET requests, which the service does not take', async () => {
    url = (await serve(await openTestService(), { network: { INTROSPECTION: true } })).url
    const problems: string[] = []
    for (const audit of audits) {
      const result = await audit.fn()
      if (result.status !== 'ok') problems.push(`${audit.name}: ${result.status}, ${result.reason}`)
    }
    expect(problems).toEqual([
      'MAY accept application/x-www-form-urlencoded formatted GET requests: notice, Response status code is not 200',
      'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json: notice, Response status code is not 200',
      'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json: notice, Response status code is not 200',
    ])
  })
})
