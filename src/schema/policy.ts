import { sharesOf } from '../domain/experiment.ts'
import { builder } from './builder.ts'

/** A way to make slates. */
export const Policy = builder.objectRef<{ readonly name: string }>('Policy').implement({
  description: 'A way to make slates. Experiments compare the policies that the domain declares.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the policy in the domain.' }),
    share: t.float({
      nullable: true,
      description: 'Share of the users who get this policy, 0 to 1. Null if the domain no longer declares the policy.',
      resolve: ({ name }, _, { service: { domain } }) =>
        sharesOf(domain.experiment).find(({ policy }) => policy.name === name)?.share,
    }),
  }),
})
