import { Notice } from '../../design/notice.tsx'
import { shownPages } from '../../design/page.tsx'
import { CopyButton } from '../copy-button.tsx'
import { Columns, Panel } from '../panel.tsx'
import { useReader } from '../reader.ts'
import { Scrolled } from '../scrolled.tsx'
import { SectionHead } from '../section-head.tsx'
import { EXAMPLES } from './examples.ts'
import styles from './query.module.css'
import { texts } from './texts.ts'

const GRAPHIQL = '/graphql'

/** The section Query: examples for analysts, and the way to GraphiQL. */
export default function QuerySection() {
  const isOffered = shownPages().includes('graphiql')
  const { hasToken } = useReader()
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} />
      {!isOffered && (
        <Notice kind="empty" title={texts.absent}>
          {texts.absentAdvice}
        </Notice>
      )}
      {isOffered && hasToken && <Notice kind="empty" title={texts.signedIn} />}
      <Columns>
        {EXAMPLES.map(({ title, query }) => (
          <Panel key={title} title={title}>
            <Scrolled label={`GraphQL: ${title}`}>
              <pre className={styles.query}>{query}</pre>
            </Scrolled>
            <div className={styles.tools}>
              <CopyButton text={() => query}>{texts.copy}</CopyButton>
              {isOffered && (
                <a
                  className={styles.open}
                  href={`${GRAPHIQL}?query=${encodeURIComponent(query)}`}
                  target="_blank"
                  rel="noreferrer"
                >
                  {texts.open}
                </a>
              )}
            </div>
          </Panel>
        ))}
      </Columns>
    </>
  )
}
