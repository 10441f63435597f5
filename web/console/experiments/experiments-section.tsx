import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { PolicyReportsDocument, SurfaceNamesDocument } from '../../generated/console-experiments.ts'
import { useParameter } from '../address.ts'
import { Answer } from '../answer.tsx'
import { Choice } from '../field.tsx'
import { Note, Panel } from '../panel.tsx'
import { SectionHead } from '../section-head.tsx'
import { PoliciesTable } from './policies-table.tsx'
import { SampleRatioAlarm } from './sample-ratio-alarm.tsx'
import { texts } from './texts.ts'

const DAY_MS = 86_400_000
const PERIODS = [1, 7, 28, 90]
const USUAL_PERIOD = 28

/** The section Experiments: the policies with their intervals, for a period and a surface. */
export default function ExperimentsSection() {
  const [surface, setSurface] = useParameter('surface')
  const [days, setDays] = useState(USUAL_PERIOD)
  const variables = useMemo(
    () => ({ since: new Date(Date.now() - days * DAY_MS).toISOString(), ...(surface !== null && { surface }) }),
    [days, surface],
  )
  const [report] = useQuery({ query: PolicyReportsDocument, variables })
  const [{ data }] = useQuery({ query: SurfaceNamesDocument })
  const fields = (
    <>
      <Choice label={texts.surface} value={surface ?? ''} onChange={({ target }) => setSurface(target.value)}>
        <option value="">{texts.allSurfaces}</option>
        {(data?.surfaces ?? []).map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      <Choice label={texts.since} value={days} onChange={({ target }) => setDays(Number(target.value))}>
        {PERIODS.map((period) => (
          <option key={period} value={period}>
            {texts.days(period)}
          </option>
        ))}
      </Choice>
    </>
  )
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} />
      <Panel title={texts.panel} note={texts.note} actions={fields}>
        <Answer of={report} height={240}>
          {({ policyReport }) => (
            <>
              <SampleRatioAlarm policies={policyReport ?? []} />
              <PoliciesTable policies={policyReport ?? []} variables={variables} />
              {policyReport?.length === 1 && <Note>{texts.single}</Note>}
            </>
          )}
        </Answer>
        <Note>{texts.rules}</Note>
        <Note>
          {texts.startStop} <a href={texts.guide.address}>{texts.guide.text}</a>
        </Note>
      </Panel>
    </>
  )
}
