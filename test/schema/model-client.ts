import { z } from 'zod'
import { writeLinearModel } from '../support/linear-model.ts'
import { asker } from '../support/server.ts'
import type { Open, OpenedService } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const FIELDS = 'name status traffic features trainedAt metrics shadow { slates overlapAt10 rankCorrelation since }'
const RESULT = `__typename ... on Model { ${FIELDS} } ... on Error { code message field }`

const model = z.object({
  name: z.string(),
  status: z.enum(['REGISTERED', 'SHADOW', 'ACTIVE', 'RETIRED']),
  traffic: z.number(),
  features: z.array(z.string()),
  trainedAt: z.string().nullable(),
  metrics: z.record(z.string(), z.unknown()),
  shadow: z
    .object({ slates: z.number(), overlapAt10: z.number(), rankCorrelation: z.number().nullable(), since: z.string() })
    .nullable(),
})
const result = z.looseObject({ __typename: z.string(), message: z.string().optional(), field: z.string().nullish() })

/** Returns the entries of a page, each of which must be of this type. */
export function nodesOf<T extends z.ZodType>(type: T, page: unknown): z.infer<T>[] {
  return z
    .object({ edges: z.array(z.object({ node: type })) })
    .parse(page)
    .edges.map((edge) => (edge as { node: z.infer<T> }).node)
}

/** Mutations and queries about models, as a client sends them. */
export function clientOf(service: OpenedService) {
  const ask = asker(service)
  const change = async (mutation: string, name: string, rest = '') => {
    const { data, errors } = await ask(`mutation ($name: String!) { ${mutation}(input: { name: $name${rest} }) { ${RESULT} } }`, {
      name,
    })
    if (errors) throw new Error(errors[0].message)
    return result.parse(data?.[mutation])
  }
  const read = async () => {
    const { data } = await ask(`{ models(first: 500) { edges { node { ${FIELDS} } } } }`)
    return nodesOf(model, data?.models)
  }
  return {
    ask,
    register: (name: string) => change('registerModel', name),
    activate: (name: string, traffic?: number) =>
      change('activateModel', name, traffic === undefined ? '' : `, traffic: ${traffic}`),
    shadow: (name: string) => change('shadowModel', name),
    retire: (name: string) => change('retireModel', name),
    models: read,
    /** What became of each, in short. */
    standings: async () => {
      return (await read()).map(({ name, status, traffic }) => `${name} ${status} ${Math.round(traffic * 100)}`)
    },
  }
}

const ITEMS = ['a', 'b', 'c', 'd']

/** Models that like what is viewed much, and what is viewed little. */
export async function modelDirectory(): Promise<string> {
  const modelDir = await temporaryDirectory()
  await writeLinearModel(modelDir, 'loud', { item_views: 1 })
  await writeLinearModel(modelDir, 'quiet', { item_views: -1 })
  return modelDir
}

/** Viewed in this order, most first: a, b, c, d. */
async function fill(service: OpenedService): Promise<void> {
  await service.uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: {} })))
  const views = ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'd']
  await service.ingest.record(views.map((itemId, i) => ({ userId: `viewer${i}`, itemId, eventType: 'view' })))
  await service.store.settle()
}

export async function openShop(open: Open, options: Parameters<Open>[0] = {}) {
  const modelDir = options.modelDir ?? (await modelDirectory())
  const service = await open({ ...options, modelDir })
  await fill(service)
  return { service, modelDir, client: clientOf(service) }
}

export async function slateOf(service: OpenedService, userId = 'me') {
  const { items, model, fallback, warnings } = await service.recommender.recommend({ ...REQUEST, first: 4, userId }, 'INITIAL')
  return { order: items.map(({ itemId }) => itemId).join(''), model, fallback, warnings }
}

export const USERS = Array.from({ length: 60 }, (_, i) => `user-${i}`)

export async function modelsOf(service: OpenedService): Promise<(string | undefined)[]> {
  return Promise.all(USERS.map(async (userId) => (await slateOf(service, userId)).model))
}
