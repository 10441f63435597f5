import { useState } from 'react'
import { type CombinedError, useClient } from 'urql'
import { problemOf } from '../../api/problem.ts'
import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import { CopyButton } from '../copy-button.tsx'
import { FailureNotice } from '../failure-notice.tsx'
import { Panel } from '../panel.tsx'
import { Scrolled } from '../scrolled.tsx'
import type { ExampleQuery } from './examples.ts'
import styles from './query.module.css'
import { texts } from './texts.ts'

const GRAPHIQL = '/graphql'

interface Result {
  readonly data?: unknown
  readonly error?: CombinedError | undefined
}

export interface ExamplePanelProps {
  readonly example: ExampleQuery
  /** Whether the service offers GraphiQL. */
  readonly hasGraphiql: boolean
}

/** An example: it can be copied, opened in GraphiQL, and run here, with what the reader may read. */
export function ExamplePanel({ example: { title, query }, hasGraphiql }: ExamplePanelProps) {
  const client = useClient()
  const [result, setResult] = useState<Result>()
  const [isRunning, setRunning] = useState(false)
  const run = async () => {
    setRunning(true)
    const { data, error } = await client.query<unknown>(query, {})
    setResult({ data, error })
    setRunning(false)
  }
  return (
    <Panel title={title}>
      <Scrolled label={texts.query(title)}>
        <pre className={styles.query}>{query}</pre>
      </Scrolled>
      <div className={styles.tools}>
        <Button size="small" disabled={isRunning} onClick={() => void run()}>
          {texts.run}
        </Button>
        <CopyButton text={() => query}>{texts.copy}</CopyButton>
        {hasGraphiql && (
          <a className={styles.open} href={`${GRAPHIQL}?query=${encodeURIComponent(query)}`} target="_blank" rel="noreferrer">
            {texts.open}
          </a>
        )}
      </div>
      {result?.error && <Refusal error={result.error} />}
      {result?.data != null && (
        <Scrolled label={texts.result(title)}>
          <pre className={styles.query}>{JSON.stringify(result.data, null, 2)}</pre>
        </Scrolled>
      )}
    </Panel>
  )
}

/** Says why an example did not run. An operation that is not listed is no sign of an old page here. */
function Refusal({ error }: { readonly error: CombinedError }) {
  if (problemOf(error).code !== 'PERSISTED_QUERY_ONLY') return <FailureNotice error={error} />
  return (
    <Notice kind="error" title={texts.notListed}>
      {texts.notListedAdvice}
    </Notice>
  )
}
