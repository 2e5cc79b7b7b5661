/** Step 1. Everything that can be wrong is found here, before anything is spent. */
import type { Host } from './host.ts';

export async function prepare(host: Host): Promise<void> {
  const { state, steps } = host;
  const { DEFAULT_CONFIG: config, AGENT_SETTINGS: settings } = state.config;
  host.show();
  const [trainer, adviser] = await Promise.all([
    steps.probeTrainer('device, versions, data and model', {
      run: state.run,
      config,
      hangSeconds: settings.HANG_SECONDS,
    }),
    steps.probeAdviser('is the adviser reachable?', { settings }),
  ]);
  state.trainer = trainer;
  state.adviser = adviser;
  state.notes.push(...trainer.inspection.data.warnings);
  state.phase = 'baseline';
}
