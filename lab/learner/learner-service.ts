import { z } from 'zod'
import { LiverankError } from '../../src/errors.ts'

/** Sends one operation to the service. @throws UnavailableError if nothing answers @throws LiverankError BAD_USER_INPUT if it is refused */
export type Ask = (query: string, variables: object) => Promise<object>

const MODELS = '{ models(last: 500) { edges { node { name status } } } }'

const models = z.object({
  models: z.object({
    edges: z.array(
      z.object({
        node: z.object({ name: z.string(), status: z.enum(['REGISTERED', 'SHADOW', 'ACTIVE', 'RETIRED']) }),
      }),
    ),
  }),
})

/** Name and status of a model, as the service says. */
export type ModelOfService = z.infer<typeof models>['models']['edges'][number]['node']

/** Reads the models of a service, in the order of their first registration. */
export async function modelsOf(ask: Ask): Promise<ModelOfService[]> {
  return models.parse(await ask(MODELS, {})).models.edges.map(({ node }) => node)
}

const changed = z.object({ changed: z.object({ name: z.string().optional(), message: z.string().optional() }) })

/** Puts a model into shadow, or retires it. @throws LiverankError BAD_USER_INPUT if the service refuses that */
export async function changeModel(ask: Ask, mutation: 'shadowModel' | 'retireModel', name: string): Promise<void> {
  const query = `mutation ($name: String!) { changed: ${mutation}(input: { name: $name }) { ... on Model { name } ... on Error { message } } }`
  const { message } = changed.parse(await ask(query, { name })).changed
  if (message !== undefined) throw new LiverankError('BAD_USER_INPUT', message)
}
