import type { ReactNode } from 'react'
import { useParameter } from './address.ts'
import { IdForm } from './id-form.tsx'
import { SectionHead } from './section-head.tsx'

export interface SectionOfIdsProps {
  readonly texts: { readonly title: string; readonly lead: string; readonly find: string; readonly findAction: string }
  /** Shown while the address names no id. */
  readonly list: ReactNode
  /** The page of an id. `form` is the field for another id. */
  readonly page: (props: { readonly id: string; readonly form: ReactNode }) => ReactNode
}

/** A section with a list, and the page of what has the id in the address. */
export function SectionOfIds({ texts, list, page }: SectionOfIdsProps) {
  const [id, setId] = useParameter('id')
  const form = <IdForm label={texts.find} action={texts.findAction} value={id ?? ''} onId={setId} />
  if (id !== null) return page({ id, form })
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} actions={form} />
      {list}
    </>
  )
}
