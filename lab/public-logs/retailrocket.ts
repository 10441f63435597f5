import { HALF_AN_HOUR, type PublicFormat } from './public-format.ts'
import { rowsOf } from './source-files.ts'

const TYPES: Readonly<Record<string, string>> = { view: 'view', addtocart: 'add_to_cart', transaction: 'purchase' }

/** Events of the Retailrocket dataset. The split is that of session-rec (Ludewig and Jannach 2018, UMUAI), without its five parts. */
export const RETAILROCKET: PublicFormat = {
  name: 'retailrocket',
  summary:
    'the events of the shop Retailrocket: events.csv, and if present item_properties_part1.csv and item_properties_part2.csv',
  usual: { testDays: 2, testBy: 'end', leastOfItem: 5, leastOfSession: 2 },
  pause: HALF_AN_HOUR,
  async read(files, log) {
    for await (const { values, place } of rowsOf(files.get('events.csv'), ['timestamp', 'visitorid', 'event', 'itemid'])) {
      const { timestamp, visitorid: userId = '', event = '', itemid: itemId = '' } = values
      log.add({ userId, itemId, eventType: TYPES[event] ?? event, timestamp: Number(timestamp) }, place)
    }
    for (const part of ['item_properties_part1.csv', 'item_properties_part2.csv']) {
      const path = files.find(part)
      if (path === undefined) continue
      for await (const { values } of rowsOf(path, ['timestamp', 'itemid', 'property', 'value']))
        if (values.property === 'categoryid')
          log.describeItem(values.itemid!, { category: values.value }, Number(values.timestamp))
    }
  },
}
