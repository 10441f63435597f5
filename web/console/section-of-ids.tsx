import type { ReactNode } from 'react'
import { useParameter } from './address.ts'
import { IdForm, type IdFormProps } from './id-form.tsx'
import { SectionHead } from './section-head.tsx'

/** What a field for an id gets from its section. */
export type SectionFormProps = Pick<IdFormProps, 'label' | 'action' | 'value' | 'onId'>

export interface SectionOfIdsProps {
  readonly texts: { readonly title: string; readonly lead: string; readonly find: string; readonly findAction: string }
  /** Shown while the address names no id. */
  readonly list: ReactNode
  /** The page of an id. `form` is the field for another id. */
  readonly page: (props: { readonly id: string; readonly form: ReactNode }) => ReactNode
  /** The field; one that takes ids alone if absent. */
  readonly formOf?: (props: SectionFormProps) => ReactNode
}

/** A section with a list, and the page of what has the id in the address. */
export function SectionOfIds({ texts, list, page, formOf = (props) => <IdForm {...props} /> }: SectionOfIdsProps) {
  const [id, setId] = useParameter('id')
  const form = formOf({ label: texts.find, action: texts.findAction, value: id ?? '', onId: setId })
  if (id !== null) return page({ id, form })
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} actions={form} />
      {list}
    </>
  )
}
