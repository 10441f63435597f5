import { ITEM_KNN_CHOICES, STANDARD_ITEM_KNN, scoreByItems } from './item-knn.ts'
import { type SessionKnn, scoreByNeighbours } from './session-knn.ts'
import { STAN_CHOICES, STANDARD_STAN, stan } from './stan.ts'
import { type Choices, type OptionsOf, type TunableMethod, tunable } from './tunable-method.ts'
import { STANDARD_VMIS_KNN, VMIS_KNN_CHOICES, vmisKnn } from './vmis-knn.ts'
import { STANDARD_VS_KNN, VS_KNN_CHOICES, vsKnn } from './vs-knn.ts'
import { STANDARD_VSTAN, VSTAN_CHOICES, vstan } from './vstan.ts'

/** Names of the methods that learn from whole sessions. */
export const SESSION_METHOD_NAMES = ['item_knn', 'vs_knn', 'vs_knn_tuned', 'stan', 'vstan', 'vmis_knn'] as const
export type SessionMethodName = (typeof SESSION_METHOD_NAMES)[number]

/** The methods that learn from whole sessions. `vs_knn` has only its standard parameters; the others have many to choose from. */
export const SESSION_METHODS: Readonly<Record<SessionMethodName, TunableMethod>> = {
  item_knn: tunable(STANDARD_ITEM_KNN, ITEM_KNN_CHOICES, (options) => (index, asked) => scoreByItems(index, asked, options)),
  vs_knn: neighbours(STANDARD_VS_KNN, undefined, vsKnn),
  vs_knn_tuned: neighbours(STANDARD_VS_KNN, VS_KNN_CHOICES, vsKnn),
  stan: neighbours(STANDARD_STAN, STAN_CHOICES, stan),
  vstan: neighbours(STANDARD_VSTAN, VSTAN_CHOICES, vstan),
  vmis_knn: neighbours(STANDARD_VMIS_KNN, VMIS_KNN_CHOICES, vmisKnn),
}

/** Makes a nearest-neighbour method tunable. The terms of each variant are made once. */
function neighbours<Options extends OptionsOf<Options>>(
  standard: Options,
  choices: Choices<Options> | undefined,
  terms: (options: Options) => SessionKnn,
): TunableMethod {
  return tunable(standard, choices, (options) => {
    const method = terms(options)
    return (index, asked) => scoreByNeighbours(index, asked, method)
  })
}
