import { CircleUserRound, LayoutDashboard, ShoppingCart } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { Button } from '../design/button.tsx'
import { Logo } from '../design/logo.tsx'
import { shownPages } from '../design/page.tsx'
import { ThemeSwitch } from '../design/theme-switch.tsx'
import { ConnectionNotice } from './connection-notice.tsx'
import styles from './shop-header.module.css'
import { SignInDialog } from './sign-in-dialog.tsx'
import { useShop } from './state/shop-parts.ts'
import { useStore } from './state/store.ts'
import { texts } from './texts.ts'

/** Leads to the home page and the cart, and says who is in the shop. */
export function ShopHeader() {
  const { carts, shopper } = useShop()
  const { userId, isGuest } = useStore(shopper)
  useStore(carts)
  const inCart = carts.of(userId).length
  const [isSigningIn, setSigningIn] = useState(false)
  return (
    <header className={styles.header}>
      <Link href="/" className={styles.home}>
        <Logo />
        <span className={styles.shop}>{texts.shop}</span>
        <span className="unseen">{texts.home}</span>
      </Link>
      <nav className={styles.actions} aria-label={texts.shop}>
        {shownPages().includes('console') && (
          <a href="/console" className={styles.console} title={texts.console} aria-label={texts.console}>
            <LayoutDashboard size={18} aria-hidden />
            <span>{texts.console}</span>
          </a>
        )}
        <Button kind="quiet" onClick={() => setSigningIn(true)}>
          <CircleUserRound size={18} aria-hidden />
          <bdi className={styles.who}>{isGuest ? texts.signIn : userId}</bdi>
        </Button>
        <Link href="/cart" className={styles.cart}>
          <ShoppingCart size={20} aria-hidden />
          <span className="unseen">{texts.cart.title}</span>
          <span className={styles.count} data-empty={inCart === 0}>
            {inCart}
          </span>
        </Link>
        <ThemeSwitch texts={texts.theme} />
      </nav>
      <ConnectionNotice />
      {isSigningIn && <SignInDialog onClose={() => setSigningIn(false)} />}
    </header>
  )
}
