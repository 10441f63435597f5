import { showPage } from '../design/page.tsx'
import { Console } from './console.tsx'

showPage(<Console />)
