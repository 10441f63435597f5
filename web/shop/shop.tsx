import { useEffect, useMemo, useState } from 'react'
import { Provider } from 'urql'
import { type AroundNavHandler, Route, Router, Switch } from 'wouter'
import { LiverankProvider } from '../../clients/typescript/src/react/index.ts'
import { makeApiClient } from '../api/api-client.ts'
import { CartPage } from './catalogue/cart-page.tsx'
import { CategoryPage } from './catalogue/category-page.tsx'
import { HomePage } from './catalogue/home-page.tsx'
import { ItemPage } from './catalogue/item-page.tsx'
import { NoSuchPage } from './catalogue/no-such-page.tsx'
import { arriveAtPage } from './catalogue/page-heading.tsx'
import { DismissedNotice } from './dismissed-notice.tsx'
import { Panel } from './panel/panel.tsx'
import { WhyDialog } from './panel/why-dialog.tsx'
import styles from './shop.module.css'
import { ShopHeader } from './shop-header.tsx'
import { CartStore } from './state/carts.ts'
import { Connection } from './state/connection.ts'
import { ShopPartsContext, type WhyQuestion } from './state/shop-parts.ts'
import { ShopSession } from './state/shop-session.ts'
import { openShopper } from './state/shopper.ts'
import { useStore } from './state/store.ts'

const shopper = openShopper()
const carts = new CartStore()
const connection = new Connection()
const api = makeApiClient(undefined, undefined, connection)

/** The demo shop, and beside it a panel that shows what Liverank makes of each tap. */
export function Shop() {
  const { userId } = useStore(shopper)
  const session = useSession(userId)
  const [question, explain] = useState<WhyQuestion>()
  const context = useMemo(() => session && { session, shopper, carts, connection, explain }, [session])
  if (!context) return null
  return (
    <Provider value={api}>
      <LiverankProvider client={context.session.client}>
        <ShopPartsContext value={context}>
          <Router base="/demo" aroundNav={navigateToTop}>
            <div className={styles.layout}>
              <ShopHeader />
              <main className={styles.main} key={context.session.userId}>
                <Switch>
                  <Route path="/" component={HomePage} />
                  <Route path="/category/:name">{() => <CategoryPage key={lastPart()} name={lastPart()} />}</Route>
                  <Route path="/item/:id">{() => <ItemPage key={lastPart()} itemId={lastPart()} />}</Route>
                  <Route path="/cart" component={CartPage} />
                  <Route>
                    <NoSuchPage />
                  </Route>
                </Switch>
                <DismissedNotice />
              </main>
              <Panel />
            </div>
            {question && <WhyDialog question={question} onClose={() => explain(undefined)} />}
          </Router>
        </ShopPartsContext>
      </LiverankProvider>
    </Provider>
  )
}

/** A page that a link opens begins at its top. */
const navigateToTop: AroundNavHandler = (navigate, to, options) => {
  const before = location.pathname
  navigate(to, options)
  if (location.pathname !== before) arriveAtPage()
  window.scrollTo(0, 0)
}

/** Opens a session for a user, and closes the one of the user before. Until the new one is open, the page shows the old one. */
function useSession(userId: string): ShopSession | undefined {
  const [session, setSession] = useState<ShopSession>()
  useEffect(() => {
    const opened = new ShopSession({ userId, api, connection })
    setSession(opened)
    return () => opened.close()
  }, [userId])
  return session
}

/**
 * Returns the last part of the address, such as the id of an item. The router decodes addresses by itself, and so changes ids with a
 * `%`. Links may have been written by hand, with a `%` that stands for itself.
 */
function lastPart(): string {
  const part = location.pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
