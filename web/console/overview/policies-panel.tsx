import { useEffect } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { PolicyReportsDocument } from '../../generated/console-experiments.ts'
import { Answer } from '../answer.tsx'
import { PoliciesTable } from '../experiments/policies-table.tsx'
import { SampleRatioAlarm } from '../experiments/sample-ratio-alarm.tsx'
import { Panel } from '../panel.tsx'
import { texts } from './texts.ts'

/** A report reads the figures of four weeks. */
const POLL_MS = 15_000
const variables = {}
const { policies } = texts

/** The policies of the service, with their click rates. */
export function PoliciesPanel() {
  const [report, read] = useQuery({ query: PolicyReportsDocument, variables })
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) read()
    }, POLL_MS)
    return () => clearInterval(timer)
  }, [read])
  return (
    <Panel title={policies.title} note={policies.note} actions={<Link href="/experiments">{policies.more}</Link>}>
      <Answer of={report} height={180}>
        {({ policyReport }) => (
          <>
            <SampleRatioAlarm policies={policyReport ?? []} />
            <PoliciesTable policies={policyReport ?? []} variables={variables} isBrief />
          </>
        )}
      </Answer>
    </Panel>
  )
}
