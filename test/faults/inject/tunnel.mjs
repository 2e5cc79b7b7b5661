/**
 * Lets a worker in a network namespace of its own reach servers of the first host: its loopback addresses lead through
 * Unix sockets to theirs. Loaded with `node --import`; the other ends are `openTunnels` of otherHosts.ts.
 */
import net from 'node:net';

/** `port=socket,port=socket` */
for (const pair of process.env.TUNING_FAULTS_TUNNELS.split(',')) {
  const [port, socket] = pair.split('=');
  const tunnel = net.createServer((near) => {
    const far = net.connect(socket);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  await new Promise((resolve) => tunnel.listen(Number(port), '127.0.0.1', resolve));
  tunnel.unref();
}
