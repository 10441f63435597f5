import { CircleCheck } from 'lucide-react'
import { Notice } from '../../design/notice.tsx'
import { Moment } from '../moment.tsx'
import { NO_VALUE } from '../number-text.ts'
import { Facts, Panel } from '../panel.tsx'
import styles from './overview.module.css'
import type { ServiceFigures } from './status-history.ts'
import { texts } from './texts.ts'

const { store } = texts

/** Returns a sentence for everything about the store and the process that somebody should look at. */
export function concerns(figures: ServiceFigures): string[] {
  const { storeWarnings, foldLagMs, storeLosses, poisonedEntries, failedAssertions, neighbourLists } = figures
  const { clockSteps, clockWarning } = figures
  return [
    ...(foldLagMs == null ? [store.unreachable] : []),
    ...storeWarnings,
    ...(storeLosses > 0 ? [store.losses(storeLosses)] : []),
    ...(poisonedEntries ? [store.poisoned(poisonedEntries)] : []),
    ...(failedAssertions > 0 ? [store.assertions(failedAssertions)] : []),
    ...(clockSteps > 0 ? [store.clock(clockSteps)] : []),
    ...(clockWarning == null ? [] : [clockWarning]),
    ...(neighbourLists?.warning ? [neighbourLists.warning] : []),
  ]
}

/** Where the service keeps its data, and what is the matter with it. @param figures absent until the first answer */
export function StorePanel({ figures }: { readonly figures: ServiceFigures | undefined }) {
  const problems = figures ? concerns(figures) : []
  return (
    <Panel title={store.title}>
      <Facts
        facts={[
          [store.kind, figures ? store[figures.store] : NO_VALUE],
          [store.startedAt, figures ? <Moment at={figures.startedAt} /> : NO_VALUE],
          [store.version, figures?.version ?? NO_VALUE],
        ]}
      />
      {figures && problems.length === 0 && (
        <p className={styles.fine}>
          <CircleCheck size={17} aria-hidden />
          {store.fine}
        </p>
      )}
      {problems.map((problem) => (
        <Notice key={problem} kind="warning" title={problem} />
      ))}
    </Panel>
  )
}
