// The first token of a run: from the start of `exec` to its first text, over a link with 40 ms of round trip.
import { CODEX, PLUS, startWorld } from './codex-runs.mjs'
import { interleave, noise, paired, percentile, summary, table } from './measure.mjs'

/** Bare codex and codex-plus, each with its own ways to the server, interleaved. */
export async function bench({ rounds: wanted, tls }) {
  const rounds = Math.min(Math.max(wanted, 10), 25)
  const world = await startWorld({ tls, steps: 0, login: 'API key' })
  const first = (program, flags, options) => async () => (await world.run(program, flags, options)).first
  try {
    const samples = await interleave(
      {
        'bare codex, WebSocket': first(CODEX, []),
        again: first(CODEX, []),
        'codex-plus, WebSocket': first(PLUS, []),
        'codex-plus, WebSocket, no early connection': first(PLUS, ['--plus-no-early-connection']),
        'codex-plus, POST by node': first(PLUS, ['--plus-websocket', 'off']),
        'codex-plus, POST by cycletls': first(PLUS, ['--plus-transport', 'cycletls']),
        'bare codex, POST': first(CODEX, [], { path: '/nows/v1' }),
      },
      rounds,
      1,
    )
    const bare = samples['bare codex, WebSocket']
    const ratio = (values) =>
      percentile(
        values.map((value, index) => value / bare[index]),
        0.5,
      ).toFixed(2)
    table(
      `Start of \`exec\` to the first token, 40 ms round trip, ${rounds} rounds; noise ${noise(bare, samples.again)}`,
      ['way', 'time', 'added', 'ratio'],
      Object.entries(samples).map(([name, values]) => [
        name,
        summary(values),
        summary(paired(values, bare)),
        ratio(values),
      ]),
    )
  } finally {
    world.close()
  }
}
