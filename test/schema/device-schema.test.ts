import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
  parse,
  print,
  separateOperations,
  validate,
} from 'graphql'
import { beforeAll, describe, expect, it } from 'vitest'
import { deviceSchema } from '../../scripts/device-schema.ts'
import { CLOSED_INPUTS, FIELD_ACCESS, OPEN_OBJECTS, ROOT_ACCESS } from '../../src/schema/roles-by-field.ts'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { connect, openTestService, serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'

const committed = readFileSync('device.graphql', 'utf8')

/** The operations in the comment at the top, by name. */
const examples = separateOperations(
  parse(committed.slice(committed.indexOf('\n# mutation'), committed.indexOf('\n\n"')).replace(/^# ?/gm, '')),
)

function fieldsOf(of: GraphQLSchema): string[] {
  return Object.values(of.getTypeMap())
    .filter((type) => (isObjectType(type) || isInputObjectType(type)) && !type.name.startsWith('__'))
    .flatMap((type) => Object.keys((type as { getFields(): object }).getFields()).map((field) => `${type.name}.${field}`))
}

function mayUse(place: string): boolean {
  const roles = ROOT_ACCESS[place]?.roles ?? FIELD_ACCESS[place] ?? ['device']
  return (roles.includes('device') || place in OPEN_OBJECTS) && !CLOSED_INPUTS.has(place)
}

const filtered = (filter: object) => ({ rules: { filter } })

/** Inputs of `recommendations` that use a closed field. */
const INPUTS: Record<string, object> = {
  'AttributeCondition.equalsUser': filtered({ attribute: { name: 'city', equalsUser: 'city' } }),
  'AttributeCondition.inUser': filtered({ attribute: { name: 'city', inUser: ['city'] } }),
  'ItemFilter.feature': filtered({ feature: { name: 'item_ctr_7d', gt: 0 } }),
  'ItemFilter.user': filtered({ user: { name: 'city', eq: 'Rome' } }),
  'RecommendationsInput.preview': { preview: true },
}

describe('device.graphql', () => {
  let schema: GraphQLSchema
  beforeAll(() => {
    schema = buildSchema(committed)
  })

  it('is up to date (npm run schema writes it), and has at most 600 lines', () => {
    expect(deviceSchema()).toBe(committed)
    expect(committed.split('\n').length - 1).toBeLessThanOrEqual(600)
  })

  it('has every operation of a device, and no field that a device may not use', () => {
    const fields = fieldsOf(schema)
    expect(fields.filter((place) => !mayUse(place))).toEqual([])
    expect(fields).toEqual(expect.arrayContaining(Object.keys(ROOT_ACCESS).filter(mayUse)))
    expect(schema.getType('Model')).toBeUndefined()
  })

  it('begins with operations that are valid, and that the service answers to a device', async () => {
    const { RecordEvent, HomePage, LiveHomePage, OptOut } = examples
    for (const example of [RecordEvent, HomePage, LiveHomePage, OptOut]) expect(validate(schema, example)).toEqual([])

    const service = await openTestService({ tokens: { JWT_SECRET } })
    await service.uploads.upsertItems([{ itemId: 'mug', attributes: { title: 'Mug', price: 9 } }])
    const { url } = await serve(service)
    const credential = await deviceToken('ana')
    const event = { userId: 'ana', eventType: 'view', itemId: 'mug' }
    expect(await post(url, print(RecordEvent), { event, slate: {} }, credential)).toMatchObject({
      data: { recordEvent: { duplicate: false, counted: true, recommendations: { trigger: 'EVENT' } } },
    })
    const page = await post(url, print(HomePage), { user: 'ana' }, credential)
    expect(page).toEqual({ data: { recommendations: expect.objectContaining({ trigger: 'INITIAL' }) } })
    const client = connect((address) => webSocketClient(address, credential), url)
    const live = client.subscribe(print(LiveHomePage), { user: 'ana' })
    expect(await live.next()).toMatchObject({ data: { recommendations: { trigger: 'INITIAL' } } })
    expect(await post(url, print(OptOut), { user: 'ana' }, credential)).toEqual({
      data: { upsertUsers: { accepted: 1, errors: [] } },
    })
  })

  it('leaves out the inputs that the service refuses to a device', async () => {
    const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
    const credential = await deviceToken('ana')
    const query = 'query ($input: RecommendationsInput!) { recommendations(input: $input) { version } }'
    for (const place of CLOSED_INPUTS) {
      const { errors } = await post(url, query, { input: { userId: 'ana', ...INPUTS[place] } }, credential)
      expect(errors, place).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    }
  })
})
