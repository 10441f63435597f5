import { showPage } from '../design/page.tsx'
import { Shop } from './shop.tsx'

showPage(<Shop />)
