import type { OriginalLog } from './original-log.ts'
import { HALF_AN_HOUR, type PublicFormat } from './public-format.ts'
import { type RowFormat, rowsOf, type SourceFiles } from './source-files.ts'

const RATINGS = ['userId', 'movieId', 'rating', 'timestamp']
const MOVIES = ['movieId', 'title', 'genres']
const USERS = ['userId', 'gender', 'age', 'occupation']

/**
 * Ratings of MovieLens: ml-latest, ml-20m, ml-25m and ml-32m (ratings.csv), ml-1m and ml-10m (ratings.dat). The literature often
 * tests on the last rating of each user, and so trains on what comes later (Ji et al. 2023, ACM TOIS): that split is not offered. People
 * rate many films in the same second, in the order of the page: ties are shuffled.
 */
export const MOVIELENS: PublicFormat = {
  name: 'movielens',
  summary: 'ratings of films by GroupLens: ratings.csv or ratings.dat, and if present movies.csv or movies.dat, and users.dat',
  usual: undefined,
  pause: HALF_AN_HOUR,
  amount: 'rating',
  shufflesTies: true,
  async read(files, log) {
    const ratings = files.get('ratings.csv', 'ratings.dat')
    for await (const { values, place } of rowsOf(ratings, RATINGS, formOf(ratings, RATINGS))) {
      const { userId = '', movieId: itemId = '', rating, timestamp } = values
      log.add({ userId, itemId, eventType: 'rating', timestamp: Number(timestamp) * 1000, amount: Number(rating) }, place)
    }
    await readMovies(files, log)
    await readUsers(files, log)
  },
}

async function readMovies(files: SourceFiles, log: OriginalLog): Promise<void> {
  const movies = files.find('movies.csv', 'movies.dat')
  if (movies === undefined) return
  for await (const { values } of rowsOf(movies, MOVIES, formOf(movies, MOVIES))) {
    const { movieId = '', title = '', genres = '' } = values
    const year = /\((\d{4})\)\s*$/.exec(title)?.[1]
    const known = genres.split('|').filter((genre) => genre !== '' && genre !== '(no genres listed)')
    log.describeItem(movieId, {
      title: title.replace(/\s*\(\d{4}\)\s*$/, ''),
      ...(year === undefined ? {} : { year: Number(year) }),
      ...(known.length === 0 ? {} : { category: known[0], genres: known }),
    })
  }
}

async function readUsers(files: SourceFiles, log: OriginalLog): Promise<void> {
  const users = files.find('users.dat')
  if (users === undefined) return
  for await (const { values } of rowsOf(users, USERS, formOf(users, USERS))) {
    const { userId = '', gender, age, occupation } = values
    log.userAttributes.set(userId, { gender, age: Number(age), occupation })
  }
}

function formOf(path: string, columns: readonly string[]): RowFormat {
  return /\.dat(\.gz)?$/.test(path) ? { delimiter: '::', columns, encoding: 'latin1', keepsQuotes: true } : {}
}
