import type { Domain } from '../../src/domain/domain.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { Exploration, SurfaceExploration } from '../../src/domain/experiment.ts'
import { UNLIMITED } from './service.ts'

/** The shop, with so much left to chance on all surfaces. */
export function exploring(left: SurfaceExploration, change: Partial<Exploration> = {}): Domain {
  return { ...UNLIMITED, exploration: { ...eCommerce.exploration!, arms: 40, surfaces: {}, elsewhere: left, ...change } }
}
