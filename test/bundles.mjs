/** Runs once before all tests: bundling takes seconds, and inside Jest, with coverage, many times as long. */
import { FAILURE_CONVERTER_PATH } from '../src/codec/payloadCodec.ts';
import { workflowBundle } from '../src/worker/bundle.ts';

export default async function makeBundles() {
  await workflowBundle(console);
  await workflowBundle(console, FAILURE_CONVERTER_PATH);
}
