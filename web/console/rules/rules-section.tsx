import { useMemo } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { nodesOf } from '../../api/nodes-of.ts'
import { Notice } from '../../design/notice.tsx'
import { StandingRulesBySurfaceDocument } from '../../generated/console-rules.ts'
import { useParameter } from '../address.ts'
import { Answer } from '../answer.tsx'
import { Choice } from '../field.tsx'
import { useCatalogueSample } from '../found-item/use-catalogue-sample.ts'
import { SectionHead } from '../section-head.tsx'
import { readRules } from './draft-rules.ts'
import styles from './rules.module.css'
import { texts } from './texts.ts'
import { Workbench } from './workbench.tsx'

/** The section Rules: what every slate of a surface must show, may show and must not show. */
export default function RulesSection() {
  const [surface, setSurface] = useParameter('surface')
  const [standing, read] = useQuery({ query: StandingRulesBySurfaceDocument })
  const sample = useCatalogueSample()
  const bySurface = useMemo(
    () =>
      new Map(
        nodesOf(standing.data?.standingRules).map((one) => [
          one.surface?.name ?? null,
          { rules: readRules(one.rules), at: one.updatedAt },
        ]),
      ),
    [standing.data],
  )
  const names = (standing.data?.surfaces ?? []).map(({ name }) => name)
  // Standing rules may name surfaces that the domain does not declare.
  const surfaces = [...new Set([...names, ...[...bySurface.keys()].flatMap((name) => name ?? [])])]
  const unknown = surface !== null && !surfaces.includes(surface) ? surface : undefined
  return (
    <>
      <SectionHead
        title={texts.title}
        lead={texts.lead}
        actions={
          <Choice label={texts.surface} value={surface ?? ''} onChange={({ target }) => setSurface(target.value)}>
            <option value="">{texts.allSurfaces}</option>
            {standing.data && unknown !== undefined && <option>{unknown}</option>}
            {surfaces.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Choice>
        }
      />
      <Answer of={standing} height={640}>
        {() =>
          unknown !== undefined ? (
            <UnknownSurface name={unknown} surfaces={surfaces} />
          ) : (
            <Workbench
              // Another surface has other rules, and a draft of its own.
              key={surface}
              surface={surface}
              surfaces={surfaces}
              bySurface={bySurface}
              sample={sample}
              read={read}
            />
          )
        }
      </Answer>
    </>
  )
}

function UnknownSurface({ name, surfaces }: { readonly name: string; readonly surfaces: readonly string[] }) {
  const { title, advice, none } = texts.unknown
  return (
    <Notice kind="warning" title={title(name)}>
      <p>{surfaces.length > 0 ? advice : none}</p>
      <ul className={styles.pages}>
        {surfaces.map((surface) => (
          <li key={surface}>
            <Link href={`/rules?surface=${encodeURIComponent(surface)}`}>{surface}</Link>
          </li>
        ))}
        <li>
          <Link href="/rules">{texts.allSurfaces}</Link>
        </li>
      </ul>
    </Notice>
  )
}
