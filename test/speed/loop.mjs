// A loop of 20 tool calls with the real codex over a link: 40 ms round trip, 10 Mbit/s up, 50 down, TLS.
import { CODEX, PLUS, startWorld } from './codex-runs.mjs'
import { interleave, percentile, table } from './measure.mjs'

/** Bare codex and codex-plus by each transport, interleaved, for both kinds of login. */
export async function bench({ rounds: wanted, tls }) {
  const rounds = Math.min(Math.max(wanted, 3), 12)
  for (const login of ['API key', 'ChatGPT']) {
    const world = await startWorld({ tls, steps: 20, login })
    const way = (program, flags, options) => () => world.run(program, flags, options)
    try {
      const runs = await interleave(
        {
          'bare codex, WebSocket': way(CODEX, []),
          again: way(CODEX, []),
          'bare codex, POST': way(CODEX, [], { path: '/nows/v1' }),
          'codex-plus, WebSocket': way(PLUS, []),
          'codex-plus, POST by node': way(PLUS, ['--plus-websocket', 'off']),
          'codex-plus, POST by cycletls': way(PLUS, ['--plus-transport', 'cycletls']),
        },
        rounds,
        0,
      )
      const bare = runs['bare codex, WebSocket']
      const median = (samples, key) =>
        percentile(
          samples.map((sample) => sample[key]),
          0.5,
        )
      const ratios = (samples, key) => samples.map((sample, index) => sample[key] / bare[index][key])
      table(
        `20 tool calls, ${login} login, ${rounds} rounds; ratios are medians within a round, with their range`,
        ['way', 'loop', 'ratio', 'whole run', 'KB up', 'bytes ratio', 'connections'],
        Object.entries(runs).map(([name, samples]) => {
          const loop = ratios(samples, 'loop')
          const bytes = median(samples, 'up') / median(bare, 'up')
          return [
            name,
            `${median(samples, 'loop').toFixed(0)} ms`,
            `${percentile(loop, 0.5).toFixed(2)} (${Math.min(...loop).toFixed(2)} to ${Math.max(...loop).toFixed(2)})`,
            percentile(ratios(samples, 'last'), 0.5).toFixed(2),
            (median(samples, 'up') / 1000).toFixed(0),
            bytes.toFixed(3),
            median(samples, 'connections'),
          ]
        }),
      )
    } finally {
      world.close()
    }
  }
}
