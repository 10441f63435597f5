import { Link } from 'wouter'
import { addressOfFeature } from '../address.ts'
import { Note } from '../panel.tsx'
import type { CataloguedFeature } from './catalogued-feature.ts'
import styles from './features.module.css'

/** Links to the pages of features, each with what it is called before people who do not know its name. */
export function FeatureLinks({ features }: { readonly features: readonly Pick<CataloguedFeature, 'name' | 'label'>[] }) {
  return (
    <ul className={styles.links}>
      {features.map(({ name, label }) => (
        <li key={name}>
          <Link href={addressOfFeature(name)}>{name}</Link> <Note>{label}</Note>
        </li>
      ))}
    </ul>
  )
}
