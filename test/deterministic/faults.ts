import type { SimulatedService } from './simulated-process.ts'
import type { SimulatedNode } from './simulated-redis.ts'
import type { World } from './world.ts'

const KINDS = ['cut', 'unreachable', 'kill', 'stop', 'restart', 'failover', 'unlink', 'memory'] as const

/** What faults befall. */
export interface Targets {
  readonly world: World
  readonly nodes: readonly SimulatedNode[]
  services(): readonly SimulatedService[]
  /** The replica of a node takes over. */
  failOver(node: SimulatedNode): void
}

/**
 * Plans faults, of some kinds that chance chooses for the run: runs in which only a few things go wrong find what is hidden
 * where everything does ("swarm testing", Groce et al. 2012). Each ends by itself.
 */
export function planFaults(targets: Targets, until: number): void {
  const { world } = targets
  const { chance } = world
  const kinds = KINDS.filter(() => chance.happens(0.4))
  const count = kinds.length === 0 ? 0 : chance.between(1, 9)
  for (let i = 0; i < count; i++) {
    const kind = chance.pick(kinds)
    world.after(chance.number() * until, () => strike(kind, targets))
  }
}

function strike(kind: (typeof KINDS)[number], { world, nodes, services, failOver }: Targets): void {
  const { chance } = world
  const node = chance.pick(nodes)
  const service = chance.pick(services())
  world.note(`fault: ${kind}`, [node.name, service.process.name])
  switch (kind) {
    case 'cut':
      service.link.cut(node, 0)
      return
    case 'unreachable':
      service.link.cut(node, chance.number() * 4000)
      return
    case 'kill':
      service.kill()
      return
    case 'stop':
      service.process.stop()
      world.after(chance.number() * 6000, () => service.process.continue())
      return
    case 'memory':
      node.isFull = true
      world.after(chance.number() * 3000, () => {
        node.isFull = false
      })
      return
    case 'unlink':
      // A server alone takes one that hears nothing for none; a cluster might promote it, and waits.
      if (nodes.length > 1) node.unlink(chance.number() * 3000)
      return
    case 'restart':
    case 'failover':
      goDown(node, services())
      if (kind === 'restart') node.restart()
      else if (node.isPromotable) failOver(node)
      world.after(chance.number() * 1500, () => {
        node.isUp = true
      })
  }
}

function goDown(node: SimulatedNode, services: readonly SimulatedService[]): void {
  node.isUp = false
  for (const { link } of services) link.cut(node, 0)
}
