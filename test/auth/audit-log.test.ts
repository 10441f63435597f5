import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { COMMAND_LINE, type Intended, userHash } from '../../src/auth/audit-entry.ts'
import { KEPT_ENTRIES } from '../../src/auth/audit-log.ts'
import { createKey } from '../../src/auth/audited-keys.ts'
import { parseKey } from '../../src/auth/key-text.ts'
import { LOCAL_PRINCIPAL, type Principal } from '../../src/auth/principal.ts'
import { NotFoundError, UnavailableError } from '../../src/errors.ts'
import type { Service } from '../../src/service/service.ts'
import { bothStores, onEachStore } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { itWhenLong } from '../support/long.ts'
import { serve } from '../support/server.ts'
import { openOn } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const ENTRIES =
  '{ auditLog(first: 100) { edges { node { sequence role keyId subject action target outcome stateBefore stateAfter } } } }'

interface Entry {
  readonly sequence: number
  readonly action: string
  readonly [field: string]: unknown
}

/** Notes something that was done at once. */
function note({ audit }: Service, principal: Principal, intended: Intended, after?: object): Promise<void> {
  return audit.perform(principal, intended, async () => ({ result: undefined, after }))
}

async function entries(url: string, admin: string, query = ENTRIES, variables = {}): Promise<Entry[]> {
  const { data, errors } = await post(url, query, variables, admin)
  expect(errors).toBeUndefined()
  return (data!.auditLog as { edges: { node: Entry }[] }).edges.map(({ node }) => node)
}

onEachStore('the audit log', (open) => {
  it('says who did what to rules, models, keys and users', async () => {
    const { url } = await serve(await open({ tokens: { JWT_SECRET }, model: 'default' }))
    const admin = await token({ role: 'admin', sub: 'ada' })
    const act = async (mutation: string, credential = admin) => {
      const { data, errors } = await post(url, `mutation { ${mutation} }`, {}, credential)
      expect(errors).toBeUndefined()
      return data
    }
    await act('setRules(input: { surface: "home", rules: { excludeSeen: true } }) { __typename }')
    await act('setRules(input: { surface: "home", rules: { diversity: 0.5 } }) { __typename }')
    await act('removeRules(input: { surface: "home" }) { __typename }')
    await act('removeRules(input: { surface: "home" }) { __typename }')
    await act('retireModel(input: { name: "default" }) { __typename }')
    await act('retireModel(input: { name: "unknown" }) { __typename }')
    const created = await act(
      'createKey(input: { name: "shop", role: BACKEND }) { ... on CreateKeyPayload { secret key { keyId } } }',
    )
    const { secret, key } = created!.createKey as { secret: string; key: { keyId: string } }
    await act('recordEvent(input: { userId: "anonymous", eventType: "view", itemId: "i1" }) { __typename }', secret)
    await act('mergeUsers(input: { from: "anonymous", into: "person" }) { ... on MergeUsersPayload { merged } }', secret)
    await act('eraseUser(input: { userId: "person" }) { ... on EraseUserPayload { keys } }')
    await act(`revokeKey(input: { keyId: "${key.keyId}" }) { __typename }`)
    await post(
      url,
      'mutation { eraseUser(input: { userId: "me" }) { ... on EraseUserPayload { keys } } }',
      {},
      await deviceToken('me'),
    )
    const found = await entries(url, admin)
    const ada = { role: 'ADMIN', keyId: null, subject: 'ada' }
    const shop = { role: 'BACKEND', keyId: key.keyId, subject: null }
    const person = userHash('person')
    const all = [
      { ...ada, action: 'SET_RULES', target: 'home', stateBefore: null, stateAfter: { excludeSeen: true } },
      { ...ada, action: 'SET_RULES', target: 'home', stateBefore: { excludeSeen: true }, stateAfter: { diversity: 0.5 } },
      { ...ada, action: 'REMOVE_RULES', target: 'home', stateBefore: { diversity: 0.5 }, stateAfter: null },
      { ...ada, action: 'REMOVE_RULES', target: 'home', stateBefore: null, stateAfter: null },
      { ...ada, action: 'RETIRE_MODEL', target: 'default', stateBefore: { status: 'ACTIVE' }, stateAfter: { status: 'RETIRED' } },
      { ...ada, action: 'RETIRE_MODEL', target: 'unknown', outcome: 'REFUSED', stateBefore: null, stateAfter: null },
      { ...ada, action: 'CREATE_KEY', target: key.keyId, stateBefore: null, stateAfter: { name: 'shop', role: 'backend' } },
      {
        ...shop,
        action: 'MERGE_USERS',
        target: person,
        stateBefore: null,
        stateAfter: { from: userHash('anonymous'), into: person },
      },
      { ...ada, action: 'ERASE_USER', target: person, stateBefore: null },
      { ...ada, action: 'REVOKE_KEY', target: key.keyId, stateBefore: { revokedAt: null }, stateAfter: { name: 'shop' } },
    ]
    expect(found.reverse()).toMatchObject(all.map((entry, sequence) => ({ outcome: 'DONE', ...entry, sequence })))
    const text = JSON.stringify(found)
    for (const hidden of ['anonymous', '"person"', parseKey(secret)!.secret, 'hash']) expect(text).not.toContain(hidden)
    const ofPerson = await entries(url, admin, '{ auditLog(userId: "person") { edges { node { action } } } }')
    expect(ofPerson.map(({ action }) => action)).toEqual(['ERASE_USER', 'MERGE_USERS'])
    const rules = await entries(url, admin, '{ auditLog(action: SET_RULES, last: 1) { edges { node { stateAfter } } } }')
    expect(rules).toEqual([{ stateAfter: { excludeSeen: true } }])
  })

  it('is read page by page, and refuses foreign cursors', async () => {
    const service = await open({ tokens: { JWT_SECRET } })
    const { url } = await serve(service)
    const admin = await token({ role: 'admin' })
    for (let i = 0; i < 7; i++) await note(service, LOCAL_PRINCIPAL, { action: 'SET_RULES', target: `s${i}` })
    const page =
      'query ($after: String) { auditLog(first: 3, after: $after) { edges { node { target } } pageInfo { hasNextPage endCursor } } }'
    const targets: string[] = []
    let after: string | null = null
    do {
      const { data } = await post(url, page, { after }, admin)
      const { edges, pageInfo } = data!.auditLog as {
        edges: { node: { target: string } }[]
        pageInfo: { hasNextPage: boolean; endCursor: string }
      }
      targets.push(...edges.map(({ node }) => node.target))
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    } while (after !== null)
    expect(targets).toEqual(['s6', 's5', 's4', 's3', 's2', 's1', 's0'])
    for (const cursor of ['', 'x', Buffer.from('audit:-1').toString('base64url')]) {
      const { errors } = await post(url, page, { after: cursor }, admin)
      expect(errors?.[0].extensions?.code).toBe('BAD_USER_INPUT')
    }
  })
})

bothStores((open) => {
  it('the audit log gives each entry a different number, even if many are written at once', async () => {
    const service = await open()
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => note(service, COMMAND_LINE, { action: 'CREATE_KEY', target: `k${i}` })),
    )
    const found = await service.audit.read()
    expect(found.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, i) => 39 - i))
    expect(new Set(found.map(({ target }) => target)).size).toBe(40)
  })

  it('the audit log has an entry before the change, and adds the outcome after it', async () => {
    const service = await open()
    const during = await service.audit.perform(COMMAND_LINE, { action: 'ERASE_USER', target: 'u' }, async () => {
      return { result: await service.audit.read(), after: { keys: 1 } }
    })
    expect(during).toMatchObject([{ action: 'ERASE_USER', target: 'u', outcome: 'UNKNOWN', after: null }])
    expect(await service.audit.read()).toMatchObject([{ outcome: 'DONE', after: { keys: 1 } }])
    for (const [error, outcome] of [
      [new NotFoundError('no such key'), 'REFUSED'],
      [new UnavailableError('the store went away'), 'UNKNOWN'],
      [new Error('a defect'), 'UNKNOWN'],
    ] as const) {
      const failed = service.audit.perform(COMMAND_LINE, { action: 'REVOKE_KEY', target: 'k' }, () => Promise.reject(error))
      await expect(failed).rejects.toBe(error)
      expect((await service.audit.read())[0]).toMatchObject({ action: 'REVOKE_KEY', outcome })
    }
  })

  it('a key is not created if the audit log cannot be written', async () => {
    const service = await open()
    const { store } = service
    const swap = store.swap
    store.swap = (swapped) =>
      swapped.subject.kind === 'audit' ? Promise.reject(new UnavailableError('away')) : swap.call(store, swapped)
    await expect(createKey(service, COMMAND_LINE, 'admin', 'first')).rejects.toThrow(UnavailableError)
    expect(service.keys.areConfigured).toBe(false)
  })

  it('a key is created even if its outcome cannot be written to the audit log, and its entry says UNKNOWN', async () => {
    const service = await open()
    const { store } = service
    const swap = store.swap
    store.swap = (swapped) =>
      service.keys.areConfigured && swapped.subject.kind === 'audit'
        ? Promise.reject(new UnavailableError('away'))
        : swap.call(store, swapped)
    const { key } = await createKey(service, COMMAND_LINE, 'admin', 'first')
    expect(service.keys.has(key.id)).toBe(true)
    expect(await service.audit.read()).toMatchObject([{ action: 'CREATE_KEY', target: key.id, outcome: 'UNKNOWN' }])
  })

  it('the audit log keeps a digest of a state that is too large', async () => {
    const service = await open()
    await note(service, COMMAND_LINE, { action: 'SET_RULES', target: null }, { exclude: ['x'.repeat(9000)] })
    const [{ after }] = await service.audit.read()
    expect(after).toEqual({ tooLarge: true, bytes: 9016, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })
})

itWhenLong('the audit log forgets its oldest entries, survives a restart, and stays in the log of events', async () => {
  const dataDir = await temporaryDirectory()
  let service = await openOn(undefined, { dataDir })
  for (let i = 0; i < KEPT_ENTRIES + 5; i++) await note(service, COMMAND_LINE, { action: 'CREATE_KEY', target: `k${i}` })
  await service.close()
  for (const snapshotEvery of [0.001, 0]) {
    service = await openOn(undefined, { dataDir, snapshotEvery })
    const found = await service.audit.read()
    expect(found).toHaveLength(KEPT_ENTRIES)
    expect(found.at(-1)?.target).toBe('k5')
    expect(found[0].target).toBe(`k${KEPT_ENTRIES + 4}`)
    await service.ingest.record([{ userId: 'me', eventType: 'view', itemId: 'i1' }])
    await service.close()
  }
  const service2 = await openOn(undefined, { dataDir })
  await note(service2, COMMAND_LINE, { action: 'REVOKE_KEY', target: 'last' })
  await service2.close()
  expect(await readFile(`${dataDir}/journal.jsonl`, 'utf8')).toContain('"action":"REVOKE_KEY","target":"last"')
})

itWhenLong('the audit log keeps the actions of admins, however many users a backend merges', async () => {
  const dataDir = await temporaryDirectory()
  let service = await openOn(undefined, { dataDir })
  const backend: Principal = { ...COMMAND_LINE, userId: undefined, role: 'backend', keyId: 'leaked', subject: undefined }
  await note(service, COMMAND_LINE, { action: 'CREATE_KEY', target: 'leaked' })
  for (let i = 0; i < KEPT_ENTRIES + 5; i++) await note(service, backend, { action: 'MERGE_USERS', target: `m${i}` })
  await note(service, COMMAND_LINE, { action: 'REVOKE_KEY', target: 'leaked' })
  await service.close()
  for (const snapshotEvery of [0.001, 0]) {
    service = await openOn(undefined, { dataDir, snapshotEvery })
    const found = await service.audit.read()
    const merges = found.filter(({ action }) => action === 'MERGE_USERS')
    expect(merges).toHaveLength(KEPT_ENTRIES)
    expect([merges[0].target, merges.at(-1)?.target]).toEqual([`m${KEPT_ENTRIES + 4}`, 'm5'])
    expect([found[0], found.at(-1)]).toMatchObject([
      { action: 'REVOKE_KEY', sequence: KEPT_ENTRIES + 6 },
      { action: 'CREATE_KEY', sequence: 0 },
    ])
    await service.ingest.record([{ userId: 'me', eventType: 'view', itemId: 'i1' }])
    await service.close()
  }
})
