import type { ReactNode } from 'react'
import { type UseQueryState, useQuery } from 'urql'
import { Notice } from '../../design/notice.tsx'
import { ItemProfileDocument, type ItemProfileQuery } from '../../generated/console-item.ts'
import { Answer } from '../answer.tsx'
import { AttributeTable } from '../attribute-table.tsx'
import { operation } from '../copied-operation.ts'
import { FeatureTable } from '../feature-table.tsx'
import { itemName } from '../item-link.tsx'
import { Moment } from '../moment.tsx'
import { Columns, Panel } from '../panel.tsx'
import { LEAD_TO_COME, SectionHead } from '../section-head.tsx'
import { InterestHistory } from './interest-history.tsx'
import { MainFigures } from './main-figures.tsx'
import { Neighbours } from './neighbours.tsx'
import { texts } from './texts.ts'

export interface ItemPageProps {
  readonly itemId: string
  /** The field for another id. */
  readonly form: ReactNode
}

/** All about one item. */
export function ItemPage({ itemId, form }: ItemPageProps) {
  const [profile] = useQuery({ query: ItemProfileDocument, variables: { itemId } })
  const item = profile.data?.item
  const lead = profile.data ? item && <ItemState item={item} /> : LEAD_TO_COME
  return (
    <>
      <SectionHead title={<bdi>{item ? itemName(item) : itemId}</bdi>} lead={lead} actions={form} />
      {profile.data && !item && !profile.error ? (
        <Notice kind="empty" title={texts.unknown(itemId)}>
          {texts.unknownAdvice}
        </Notice>
      ) : (
        <ItemPanels itemId={itemId} profile={profile} />
      )}
    </>
  )
}

interface ItemPanelsProps {
  readonly itemId: string
  readonly profile: Pick<UseQueryState<ItemProfileQuery>, 'data' | 'error'>
}

function ItemPanels({ itemId, profile }: ItemPanelsProps) {
  const item = profile.data?.item
  const shown = operation(ItemProfileDocument, { itemId })
  return (
    <>
      <MainFigures profile={profile} />
      <InterestHistory itemId={itemId} />
      <Columns isRagged>
        <Neighbours itemId={itemId} />
        <Panel title={texts.attributes.title}>
          <Answer of={profile} height={200}>
            {() => (
              <AttributeTable
                label={texts.attributes.title}
                of={itemId}
                attributes={item?.attributes ?? NO_ATTRIBUTES}
                operation={shown}
                empty={texts.attributes.empty}
              />
            )}
          </Answer>
        </Panel>
      </Columns>
      <Panel title={texts.features.title} note={texts.features.note}>
        <Answer of={profile} height={480}>
          {() => (
            <FeatureTable
              label={texts.features.title}
              of={itemId}
              features={item?.features ?? NO_FEATURES}
              operation={shown}
              empty={texts.features.empty}
            />
          )}
        </Answer>
      </Panel>
    </>
  )
}

const NO_ATTRIBUTES = {}
const NO_FEATURES: readonly never[] = []

function ItemState({ item: { itemId, available, updatedAt } }: { readonly item: NonNullable<ItemProfileQuery['item']> }) {
  return (
    <>
      <bdi>{itemId}</bdi> · {available ? texts.available : texts.unavailable}
      {updatedAt != null && (
        <>
          {' '}
          · {texts.updated} <Moment at={updatedAt} />
        </>
      )}
    </>
  )
}
