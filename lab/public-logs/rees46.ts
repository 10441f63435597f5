import type { PublicFormat } from './public-format.ts'
import { type Row, rowsOf } from './source-files.ts'

const COLUMNS = ['event_time', 'event_type', 'product_id', 'price', 'user_id', 'user_session']

/**
 * Events of the shops that REES46 published on Kaggle. The last day is for testing, as in Transformers4Rec (de Souza Pereira Moreira
 * et al. 2021, RecSys), which tests on each day after those for training.
 */
export const REES46: PublicFormat = {
  name: 'rees46',
  summary: 'the events of a shop that REES46 published: all files *.csv, such as 2019-Oct.csv',
  usual: { testDays: 1, testBy: 'end', leastOfItem: 5, leastOfSession: 2 },
  amount: 'price',
  async read(files, log) {
    for (const path of files.all('.csv'))
      for await (const { values, place } of rowsOf(path, COLUMNS)) {
        const { user_id: userId = '', product_id: itemId = '', user_session: sessionId = '' } = values
        const eventType = values.event_type === 'cart' ? 'add_to_cart' : (values.event_type ?? '')
        const price = values.price === '' ? Number.NaN : Number(values.price)
        const timestamp = timeOf(values)
        log.add({ userId, itemId, sessionId, eventType, timestamp, amount: price }, place)
        log.describeItem(itemId, attributesOf(values, price), timestamp)
      }
  },
}

/** "2019-10-01 00:00:00 UTC" as ms since 1970. */
function timeOf({ event_time = '' }: Row['values']): number {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/.test(event_time)
    ? Date.parse(`${event_time.slice(0, 10)}T${event_time.slice(11, 19)}Z`)
    : Number.NaN
}

function attributesOf({ category_code, category_id, brand }: Row['values'], price: number): Record<string, unknown> {
  return {
    ...(category_id ? { categoryId: category_id } : {}),
    ...(category_code ? { category: category_code } : {}),
    ...(brand ? { brand } : {}),
    ...(Number.isFinite(price) ? { price } : {}),
  }
}
