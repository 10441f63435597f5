import { ITEM_KNN_CHOICES, STANDARD_ITEM_KNN, scoreByItems } from './item-knn.ts'
import { scoreByNeighbours } from './session-knn.ts'
import { STAN_CHOICES, STANDARD_STAN, stan } from './stan.ts'
import { type TunableMethod, tunable } from './tunable-method.ts'
import { STANDARD_VMIS_KNN, VMIS_KNN_CHOICES, vmisKnn } from './vmis-knn.ts'
import { STANDARD_VS_KNN, VS_KNN_CHOICES, vsKnn } from './vs-knn.ts'
import { STANDARD_VSTAN, VSTAN_CHOICES, vstan } from './vstan.ts'

/** Names of the methods that learn from whole sessions. */
export const SESSION_METHOD_NAMES = ['item_knn', 'vs_knn', 'vs_knn_tuned', 'stan', 'vstan', 'vmis_knn'] as const
export type SessionMethodName = (typeof SESSION_METHOD_NAMES)[number]

/** The methods that learn from whole sessions. `vs_knn` has only its standard parameters; the others have many to choose from. */
export const SESSION_METHODS: Readonly<Record<SessionMethodName, TunableMethod>> = {
  item_knn: tunable(STANDARD_ITEM_KNN, ITEM_KNN_CHOICES, scoreByItems),
  vs_knn: tunable(STANDARD_VS_KNN, undefined, (index, asked, options) => scoreByNeighbours(index, asked, vsKnn(options))),
  vs_knn_tuned: tunable(STANDARD_VS_KNN, VS_KNN_CHOICES, (index, asked, options) =>
    scoreByNeighbours(index, asked, vsKnn(options)),
  ),
  stan: tunable(STANDARD_STAN, STAN_CHOICES, (index, asked, options) => scoreByNeighbours(index, asked, stan(options))),
  vstan: tunable(STANDARD_VSTAN, VSTAN_CHOICES, (index, asked, options) => scoreByNeighbours(index, asked, vstan(options))),
  vmis_knn: tunable(STANDARD_VMIS_KNN, VMIS_KNN_CHOICES, (index, asked, options) =>
    scoreByNeighbours(index, asked, vmisKnn(options)),
  ),
}
