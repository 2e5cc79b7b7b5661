/**
 * Lets a worker in a network namespace of its own reach the Temporal server: its loopback address leads through a Unix
 * socket
 * to the server's. Loaded with `node --import`; the other end is `openTunnel` of kinds/hosts.ts.
 */
import net from 'node:net';

const [host, port] = process.env.TEMPORAL_ADDRESS.split(':');
const tunnel = net.createServer((near) => {
  const far = net.connect(process.env.TUNING_FAULTS_TUNNEL);
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
});
await new Promise((resolve) => tunnel.listen(Number(port), host, resolve));
tunnel.unref();
