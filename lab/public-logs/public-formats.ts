import { DIGINETICA } from './diginetica.ts'
import { MOVIELENS } from './movielens.ts'
import { OTTO } from './otto.ts'
import type { PublicFormat } from './public-format.ts'
import { REES46 } from './rees46.ts'
import { RETAILROCKET } from './retailrocket.ts'
import { YOOCHOOSE } from './yoochoose.ts'

/** Public logs that can be converted. */
export const PUBLIC_FORMATS: readonly PublicFormat[] = [YOOCHOOSE, DIGINETICA, RETAILROCKET, REES46, MOVIELENS, OTTO]
