import { useState } from 'react'
import { Notice } from '../../design/notice.tsx'
import { useReader } from '../reader.ts'
import { SectionHead } from '../section-head.tsx'
import { AuditPanel } from './audit-panel.tsx'
import { KeysPanel } from './keys-panel.tsx'
import { texts } from './texts.ts'

/** The section Keys and audit. Only an admin can read it. */
export default function KeysSection() {
  const { role } = useReader()
  const [changes, setChanges] = useState(0)
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} />
      {role === 'admin' ? (
        <>
          <KeysPanel onChanged={() => setChanges((count) => count + 1)} />
          <AuditPanel changes={changes} />
        </>
      ) : (
        <Notice kind="empty" title={texts.denied}>
          {texts.deniedAdvice}
        </Notice>
      )}
    </>
  )
}
