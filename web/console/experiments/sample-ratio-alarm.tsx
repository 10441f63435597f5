import { Notice } from '../../design/notice.tsx'
import type { Policy } from './policies-table.tsx'
import { texts } from './texts.ts'

/** Below this p-value, the numbers of users very probably do not fit the shares of the domain. */
const ALARM_P = 0.001

/** Warns if the users of the policies do not fit the shares of the experiment. */
export function SampleRatioAlarm({ policies }: { readonly policies: readonly Policy[] }) {
  const strange = policies.filter(({ sampleRatioP }) => sampleRatioP != null && sampleRatioP < ALARM_P)
  if (strange.length === 0) return null
  return (
    <Notice kind="warning" title={texts.alarm}>
      {texts.alarmAdvice(strange.map(({ policy }) => policy.name).join(', '))}
    </Notice>
  )
}
