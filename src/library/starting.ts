/** What a run is started with: a configuration from its layers, checked as the commands check it. */
import path from 'node:path';
import type { TuningConfig } from '../domain/settings.ts';
import { adviserHere, withServer } from '../runs/adviserSettings.ts';
import { resolvedOrRefused } from '../runs/configuration.ts';
import { runNameOf, startInput } from '../runs/launching.ts';
import type { StartInput } from '../workflows/temporalHost.ts';

export interface RunOptions {
  /** A YAML file merged over the defaults; relative to the working directory. */
  config?: string;
  /**
   * Settings over it, by key: `{ LEARNING_RATE: 1e-5, TUNABLE_KEYS: {…} }`.
   *
   * @default none
   */
  set?: Record<string, unknown>;
  /**
   * Name of the run; the time of its start is added. A run of that name that goes on already is found instead.
   *
   * @default RUN_NAME_PREFIX
   */
  name?: string;
  /**
   * Whether it asks a person after each round.
   *
   * @default false
   */
  interactive?: boolean;
  /**
   * Whether variables `TUNING_<KEY>` of this process count, between the file and `set`.
   *
   * @default true
   */
  environment?: boolean;
  /**
   * Where relative folders of results (OUTPUT_DIR_ROOT, REPORT_DIR) start.
   *
   * @default the working directory
   */
  home?: string;
}

/** @throws UserError naming everything that is wrong with the options or the configuration. */
export function configurationOf({
  config,
  set = {},
  name,
  interactive = false,
  environment = true,
  home = process.cwd(),
}: RunOptions): TuningConfig {
  const resolved = resolvedOrRefused(name === undefined ? {} : { name }, {
    ...(config === undefined ? {} : { file: path.resolve(config) }),
    // As JSON, which settings are read as too: a text stays a text, whatever it looks like.
    set: Object.entries(set).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${JSON.stringify(value)}`],
    ),
    environment: environment ? process.env : {},
  });
  const { DEFAULT_CONFIG: training, AGENT_SETTINGS: settings } = resolved;
  return {
    ...resolved,
    DEFAULT_CONFIG: { ...training, OUTPUT_DIR_ROOT: path.resolve(home, training.OUTPUT_DIR_ROOT) },
    AGENT_SETTINGS: {
      ...settings,
      REPORT_DIR: path.resolve(home, settings.REPORT_DIR),
      INTERACTIVE_MODE: interactive,
    },
  };
}

/**
 * The argument of the workflow `tuningRun`, for an application that starts it itself, as a child workflow for example.
 *
 * Workers elsewhere have an adviser's key of their own; none is in the input.
 *
 * @throws UserError naming everything that is wrong with the options or the configuration.
 */
export function tuningInput(options: RunOptions): StartInput {
  const config = configurationOf(options);
  const here = adviserHere(config.AGENT_SETTINGS);
  return startInput(runNameOf(config, options.name), withServer(config, here), false, null);
}
