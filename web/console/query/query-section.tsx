import { Notice } from '../../design/notice.tsx'
import { shownPages } from '../../design/page.tsx'
import { Columns } from '../panel.tsx'
import { useReader } from '../reader.ts'
import { SectionHead } from '../section-head.tsx'
import { ExamplePanel } from './example-panel.tsx'
import { EXAMPLES } from './examples.ts'
import { texts } from './texts.ts'

/** The section Query: examples for analysts, and the way to GraphiQL. */
export default function QuerySection() {
  const isOffered = shownPages().includes('graphiql')
  const { hasToken } = useReader()
  return (
    <>
      <SectionHead title={texts.title} lead={isOffered ? `${texts.lead} ${texts.graphiql}` : texts.lead} />
      {!isOffered && (
        <Notice kind="empty" title={texts.absent}>
          {texts.absentAdvice}
        </Notice>
      )}
      {isOffered && hasToken && <Notice kind="empty" title={texts.signedIn} />}
      <Columns>
        {EXAMPLES.map((example) => (
          <ExamplePanel key={example.title} example={example} hasGraphiql={isOffered} />
        ))}
      </Columns>
    </>
  )
}
