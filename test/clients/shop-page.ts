import { createElement, useRef } from 'react'
import { createRoot } from 'react-dom/client'
import {
  type EventOutcome,
  LiverankClient,
  type LiverankClientOptions,
  type SwapWhen,
} from '../../clients/typescript/src/index.ts'
import { LiverankProvider, useRecommendations, useTrack } from '../../clients/typescript/src/react/index.ts'

/** A page of a shop, for tests in a browser: it is bundled with the client and React. */

type ShopOptions = Pick<LiverankClientOptions, 'url' | 'userId' | 'dwellMs'> & { readonly swapWhen?: SwapWhen }

export interface Shop {
  readonly client: LiverankClient
  readonly outcomes: EventOutcome[]
}

declare global {
  interface Window {
    openClient(options: ShopOptions): void
    showRow(options: ShopOptions): void
    shop: Shop
  }
}

function Row({ swapWhen }: { readonly swapWhen: SwapWhen }) {
  const request = { surface: 'home', first: 5, attributes: ['title'], rules: { seen: [], excludePurchased: true } }
  const { items, isOffered, accept, holdProps, seenRef } = useRecommendations(request, { swapWhen, settleMs: 50 })
  const track = useTrack('home')
  const dismissed = useRef('')
  const rows = items.map((item) => {
    const { itemId, recommendationId } = item
    const act = (eventType: string) => () => {
      if (eventType === 'dismiss') dismissed.current = itemId
      void track({ eventType, itemId, recommendationId, eventAttributes: { price: 10 } }, { removesItem: true })
    }
    return createElement(
      'li',
      { key: itemId, ref: seenRef(item), style: { height: '300px' }, 'data-item': itemId },
      String(item.item.attributes.title),
      createElement('button', { type: 'button', className: 'buy', onClick: act('purchase') }, 'Buy'),
      createElement('button', { type: 'button', className: 'dismiss', onClick: act('dismiss') }, 'Not for me'),
      createElement('button', { type: 'button', className: 'broken', onClick: act('') }, 'Send an invalid event'),
    )
  })
  const offer = createElement(
    'button',
    { type: 'button', id: 'accept', hidden: !isOffered, onClick: accept },
    'Show new recommendations',
  )
  const undo = createElement('button', {
    type: 'button',
    id: 'undo',
    onClick: () => void track({ eventType: 'undismiss', itemId: dismissed.current }, { returnsItem: true }),
  })
  const aside = createElement('p', { id: 'aside' }, 'For you')
  return createElement('main', null, aside, offer, undo, createElement('ul', holdProps, rows))
}

window.openClient = (options) => {
  const outcomes: EventOutcome[] = []
  window.shop = { outcomes, client: new LiverankClient({ ...options, onOutcome: (outcome) => outcomes.push(outcome) }) }
}

window.showRow = (options) => {
  window.openClient(options)
  const place = document.body.appendChild(document.createElement('div'))
  const row = createElement(Row, { swapWhen: options.swapWhen ?? 'untouched' })
  createRoot(place).render(createElement(LiverankProvider, { client: window.shop.client }, row))
}
