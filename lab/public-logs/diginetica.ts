import type { OriginalLog } from './original-log.ts'
import type { PublicFormat } from './public-format.ts'
import { rowsOf, type SourceFiles } from './source-files.ts'

const SEMICOLONS = { delimiter: ';' }

/** Views of the CIKM Cup 2016. The split is that of NARM (Li et al. 2017, CIKM). */
export const DIGINETICA: PublicFormat = {
  name: 'diginetica',
  summary: 'the views of the CIKM Cup 2016: train-item-views.csv, and if present products.csv and product-categories.csv',
  usual: { testDays: 7, testBy: 'end', leastOfItem: 5, leastOfSession: 2 },
  async read(files, log) {
    const views = files.get('train-item-views.csv')
    for await (const { values, place } of rowsOf(views, ['sessionId', 'itemId', 'timeframe', 'eventdate'], SEMICOLONS)) {
      const { sessionId = '', userId = 'NA', itemId = '', timeframe, eventdate } = values
      // `timeframe` counts from the start of the session, whose time of day the log does not tell.
      const timestamp = Date.parse(`${eventdate}T00:00:00Z`) + Number(timeframe)
      log.add(
        {
          userId: userId === 'NA' || userId === '' ? `session-${sessionId}` : userId,
          itemId,
          sessionId,
          eventType: 'view',
          timestamp,
        },
        place,
      )
    }
    await readProducts(files, log)
  },
}

async function readProducts(files: SourceFiles, log: OriginalLog): Promise<void> {
  const categories = files.find('product-categories.csv')
  if (categories !== undefined)
    for await (const { values } of rowsOf(categories, ['itemId', 'categoryId'], SEMICOLONS))
      log.describeItem(values.itemId!, { category: values.categoryId })
  const products = files.find('products.csv')
  if (products === undefined) return
  for await (const { values } of rowsOf(products, ['itemId', 'pricelog2'], SEMICOLONS)) {
    const price = 2 ** Number(values.pricelog2)
    if (values.pricelog2 !== '' && Number.isFinite(price)) log.describeItem(values.itemId!, { price })
  }
}
