import { Notice } from '../../design/notice.tsx'
import type { CataloguedFeature } from './catalogued-feature.ts'
import { FeatureLinks } from './feature-links.tsx'
import { nearNames } from './near-names.ts'
import { texts } from './texts.ts'

const MOST_NEAR = 5
const { unknown: said } = texts

/** Says that the catalogue has no feature of this name, and offers those with similar names. */
export function UnknownFeature({ name, features }: { readonly name: string; readonly features: readonly CataloguedFeature[] }) {
  const near = nearNames(
    name,
    features.map((one) => one.name),
    MOST_NEAR,
  )
  return (
    <Notice kind="warning" title={said.title(name)}>
      {near.length > 0 ? said.near : said.advice}
      <FeatureLinks features={near.flatMap((one) => features.find((feature) => feature.name === one) ?? [])} />
    </Notice>
  )
}
