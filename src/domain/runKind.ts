/**
 * What a run is fixed to at its start: scores of one run are compared, so all its trainings have one class of device, one set
 * of libraries, the same rows and the same weights.
 */
import { said } from './said.ts';
import type { Machine, TrainerFacts } from './trainerFacts.ts';

/** Type of the refusal of a worker that is of another kind. */
export const OTHER_KIND = 'other_kind';

export interface RunKind {
  device: Pick<Machine['device'], 'type' | 'name'>;
  /** Of libraries and Python; the product's own release is not among them, since runs wait over upgrades. */
  versions: Record<string, string>;
  /** Fingerprints (SHA-256) of all rows as they are used, and of the base model's weights. */
  data: string;
  model: string;
  /** Where BASE_MODEL is tuned: of each model's weights. */
  models?: Record<string, string>;
  /** The score that the data ask for. Since 0.6.0. */
  metric?: string;
}

const OWN = 'trainer';

export function kindOf({ device: { type, name }, versions, inspection }: TrainerFacts): RunKind {
  const { [OWN]: _own, ...libraries } = versions;
  return {
    device: { type, name },
    versions: libraries,
    data: inspection.data.fingerprint,
    model: inspection.model.fingerprint,
    ...(inspection.models
      ? { models: Object.fromEntries(inspection.models.map(({ name, fingerprint }) => [name, fingerprint])) }
      : {}),
    ...(inspection.data.metric === undefined ? {} : { metric: inspection.data.metric }),
  };
}

/** How a machine differs from what a run was begun with, in words; null when it does not. */
export function differenceFrom(
  kind: RunKind,
  { device, versions }: Pick<Machine, 'device' | 'versions'>,
): string | null {
  const differing = (what: string, here: string | undefined, there: string) =>
    said`${what} ${here ?? said`none`}, not ${there}`;
  const differences = [
    ...(device.type === kind.device.type && device.name === kind.device.name
      ? []
      : [differing(said`device`, `${device.type} ${device.name}`, `${kind.device.type} ${kind.device.name}`)]),
    ...Object.entries(kind.versions)
      .filter(([name, version]) => versions[name] !== version)
      .map(([name, version]) => differing(name, versions[name], version)),
  ];
  return differences.length > 0 ? differences.join('; ') : null;
}
