import { useMemo } from 'react'
import { useQuery } from 'urql'
import { StandingRulesBySurfaceDocument } from '../../generated/console-rules.ts'
import { useParameter } from '../address.ts'
import { Answer } from '../answer.tsx'
import { Choice } from '../field.tsx'
import { useCatalogueSample } from '../found-item/use-catalogue-sample.ts'
import { SectionHead } from '../section-head.tsx'
import { readRules } from './draft-rules.ts'
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
        (standing.data?.standingRules ?? []).map((one) => [one.surface, { rules: readRules(one.rules), at: one.updatedAt }]),
      ),
    [standing.data],
  )
  const names = (standing.data?.surfaces ?? []).map(({ name }) => name)
  // Standing rules may name surfaces that the domain does not declare.
  const surfaces = [...new Set([...names, ...[...bySurface.keys()].flatMap((name) => name ?? [])])]
  return (
    <>
      <SectionHead
        title={texts.title}
        lead={texts.lead}
        actions={
          <Choice label={texts.surface} value={surface ?? ''} onChange={({ target }) => setSurface(target.value)}>
            <option value="">{texts.allSurfaces}</option>
            {surfaces.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Choice>
        }
      />
      <Answer of={standing} height={640}>
        {() => (
          <Workbench
            // Another surface has other rules; what is not published is left behind.
            key={surface}
            surface={surface}
            surfaces={surfaces}
            bySurface={bySurface}
            sample={sample}
            onPublished={read}
          />
        )}
      </Answer>
    </>
  )
}
