import { Notice } from '../../design/notice.tsx'
import { useReader } from '../reader.ts'
import { SectionHead } from '../section-head.tsx'
import { AuditPanel } from './audit-panel.tsx'
import { KeysPanel } from './keys-panel.tsx'
import { texts } from './texts.ts'

/** The section Keys and audit. Only an admin can read it. */
export default function KeysSection() {
  const { role } = useReader()
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} />
      {role === 'admin' ? (
        <>
          <KeysPanel />
          <AuditPanel />
        </>
      ) : (
        <Notice kind="empty" title={texts.denied}>
          {texts.deniedAdvice}
        </Notice>
      )}
    </>
  )
}
