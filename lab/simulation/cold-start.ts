import type { Clock } from '../../src/clock.ts'
import type { Service } from '../../src/service/service.ts'
import { popular } from '../evaluation/next-item-baselines.ts'
import { Random } from '../random.ts'
import { attributeTruth, bestHomePage, homePageGain, meanAppeals, STAND_INS } from './attribute-truth.ts'
import { SLATE_LENGTH } from './examination.ts'
import { MirroredTransport } from './mirrored-transport.ts'
import type { Person } from './person.ts'
import { PlayedVisits, type VisitedService } from './played-visits.ts'
import { ServiceTransport } from './service-transport.ts'
import type { PlantedShop } from './shop-with-shoppers.ts'
import { createShoppers, type Shopper, type SimulatedUser } from './shopper.ts'

/** A service whose home pages are measured. */
export interface MeasuredService extends VisitedService {
  /** Returns once all recorded events count. */
  settle(): Promise<void>
  /** Returns the items of the most popular first: by event weight, with a half-life of a day. */
  popular(): Promise<readonly string[]>
  /** Returns the home page of a user, without a trace in the service. */
  homePage(userId: string, first: number): Promise<readonly string[]>
}

/** Added to the seed of a shop for people who are not among its shoppers. */
const NEWCOMERS = 2_000_003

/** A planted shop, the service that it uses, and what is measured when. */
export interface ColdStartOptions extends PlantedShop {
  readonly service: MeasuredService
  readonly seed: number
  /** Numbers of events after which the home pages are measured, ascending. */
  readonly after: readonly number[]
  /** Number of people without an event whose home pages are measured. */
  readonly people: number
  /** The service whose slates shoppers see, if it is not the measured one. It is not told who they are. */
  readonly used?: VisitedService
  /** Returns the attributes of a user that the service is told; those of the person if absent. */
  readonly attributesOf?: (shopper: Shopper) => SimulatedUser['attributes']
  /** Whether the service is told of each shopper the attributes of another one, so that they say nothing. */
  readonly isShuffled?: boolean
  /** See `attributeTruth`. */
  readonly standIns?: number
}

/** Mean clicks that a home page is worth for someone without an event, by what shoppers truly like. */
export interface ColdStartGains {
  /** Number of events that the service has recorded. */
  readonly events: number
  /** Of the most popular items. */
  readonly popular: number
  /** Of the page of the service for someone about whom it knows nothing. */
  readonly unknown: number
  /** Of the pages of the service for people whose attributes it knows. */
  readonly served: number
  /** Of the best page that is the same for everyone. */
  readonly bestForAll: number
  /** Of the best pages that depend on attributes alone. */
  readonly best: number
}

/** Returns the share of the way from the most popular items to the best pages by which one gain is above another. */
export function shareOfWay({ popular, best }: ColdStartGains, gain: number, above: number): number {
  return (gain - above) / (best - popular)
}

/** Makes a service of this process measurable. Its clock follows the visits. */
export function measuredService(
  service: Pick<Service, 'uploads' | 'ingest' | 'recommender' | 'store' | 'catalogue'> & {
    readonly clock: Pick<Clock, 'arrive'>
  },
): MeasuredService {
  const { clock, store, catalogue, recommender } = service
  return {
    transport: new ServiceTransport(service),
    arrive: (at) => clock.arrive(at),
    settle: () => store.settle(),
    popular: async () => (await popular(store)).filter((itemId) => catalogue.recommendable(itemId)),
    homePage: async (userId, first) => {
      const request = { userId, first, surface: 'home', sessionId: undefined, device: undefined, preview: true }
      const { items } = await recommender.recommend(request, 'INITIAL')
      return items.map(({ itemId }) => itemId)
    },
  }
}

/**
 * Lets shoppers use a service, and measures what its home pages are worth for people who have not done anything yet, but whose
 * attributes are known. Their tastes come from the same planted tastes as those of the shoppers.
 */
export async function coldStart(options: ColdStartOptions): Promise<ColdStartGains[]> {
  const { service, shop, shoppers, planted, seed, after, isShuffled = false } = options
  const { attributesOf = ({ person }: Shopper) => ({ ...person }) } = options
  const known = shoppers.map((shopper) => ({ userId: shopper.userId, attributes: attributesOf(shopper) }))
  const users = isShuffled ? shuffled(known, new Random(seed, 'shuffled attributes')) : known
  const visits = new PlayedVisits({
    service: options.used ? mirrored(options.used, service) : service,
    shop,
    shoppers,
    seed,
    users,
  })
  const people = createShoppers(shop, { seed: seed + NEWCOMERS, count: options.people, planted })
  const newcomers = people.map((shopper) => ({
    user: { userId: `newcomer-${shopper.userId}`, attributes: attributesOf(shopper) },
    person: shopper.person!,
  }))
  const gains: ColdStartGains[] = []
  for (const wanted of after) {
    const events = await visits.playUntil(wanted)
    await service.settle()
    gains.push({ events, ...(await gainsOf(options, newcomers, visits.at)) })
  }
  return gains
}

/** Makes a service that shoppers use, of which another one is told everything. */
function mirrored(used: VisitedService, told: VisitedService): VisitedService {
  return {
    transport: new MirroredTransport(used.transport, told.transport),
    arrive: (at) => {
      used.arrive(at)
      told.arrive(at)
    },
  }
}

/** Returns users with the attributes of other users, drawn at random. */
function shuffled(users: readonly SimulatedUser[], random: Random): SimulatedUser[] {
  const attributes = random.shuffle(users.map((user) => user.attributes))
  return users.map(({ userId }, index) => ({ userId, attributes: attributes[index]! }))
}

/** Someone without an event, and what the service is told about this person. */
interface Newcomer {
  readonly user: SimulatedUser
  readonly person: Person
}

/** @param at the moment of the home pages, in ms since 1970 */
async function gainsOf(
  { service, shop, planted, standIns = STAND_INS }: ColdStartOptions,
  newcomers: readonly Newcomer[],
  at: number,
): Promise<Omit<ColdStartGains, 'events'>> {
  const mostPopular = (await service.popular()).slice(0, SLATE_LENGTH.home)
  const unknown = await service.homePage('unknown', SLATE_LENGTH.home)
  await service.transport.upsertUsers(newcomers.map(({ user }) => user))
  const served: (readonly string[])[] = []
  for (const { user } of newcomers) served.push(await service.homePage(user.userId, SLATE_LENGTH.home))
  const truthOf = attributeTruth(shop, planted, at, standIns)
  const truths = newcomers.map(({ person }) => truthOf(person))
  const bestForAll = bestHomePage(meanAppeals(truths))
  const meanGain = (pageOf: (index: number) => readonly string[]) =>
    truths.reduce((sum, appeals, index) => sum + homePageGain(appeals, pageOf(index)), 0) / truths.length
  return {
    popular: meanGain(() => mostPopular),
    unknown: meanGain(() => unknown),
    served: meanGain((index) => served[index]!),
    bestForAll: meanGain(() => bestForAll),
    best: meanGain((index) => bestHomePage(truths[index]!)),
  }
}
