/**
 * Who may ask the dashboard for what.
 *
 * Reading needs a Host that is this machine's (against DNS rebinding). What changes state needs the token as well, the
 * header `X-Tuning: 1`, which no form and no page of another origin can send, and the page's own Origin where there is one.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { every } from 'hono/combine';
import { getCookie, setCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';

/** Names of this machine alone, as a Host header has them. */
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
/** Bytes of the largest body that is read: a note, with room. */
const LARGEST_BODY = 32 * 1024;
const A_YEAR_S = 365 * 24 * 3600;

/** Cookies do not know ports: two dashboards of one machine must not take each other's. */
const cookieName = (context: Context): string => `tuning-token-${new URL(context.req.url).port || '80'}`;

/** The page and its data: nothing from elsewhere, no code and no styles in texts. */
export const pageHeaders = secureHeaders({
  strictTransportSecurity: false,
  xFrameOptions: false,
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'self'"],
    objectSrc: ["'none'"],
  },
});

/** A report is one file with its own styles and script: it runs in an origin of its own, from which nothing can be asked. */
export const reportHeaders = secureHeaders({
  strictTransportSecurity: false,
  xFrameOptions: false,
  contentSecurityPolicy: {
    sandbox: ['allow-scripts', 'allow-popups', 'allow-modals'],
    defaultSrc: ["'none'"],
    styleSrc: ["'unsafe-inline'"],
    scriptSrc: ["'unsafe-inline'"],
    imgSrc: ['data:'],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'self'"],
  },
});

export const thisMachineOnly: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host') ?? '';
  if (!LOOPBACK_NAMES.has(host.replace(/:\d+$/, '').toLowerCase()))
    return context.json(
      { error: `this page is for this machine alone; ${host || 'no host'} is not among its names` },
      403,
    );
  return next();
};

/** Takes the token from the address into a cookie, and out of the address: it would be kept in the browser's history. */
export const tokenFromAddress =
  (token: string): MiddlewareHandler =>
  async (context, next) => {
    const given = context.req.query('token');
    if (given === undefined || context.req.method !== 'GET') return next();
    const address = new URL(context.req.url);
    address.searchParams.delete('token');
    if (isSame(given, token))
      setCookie(context, cookieName(context), token, {
        httpOnly: true,
        sameSite: 'Strict',
        path: '/',
        maxAge: A_YEAR_S,
      });
    // Two in front name another host; URL has made slashes of backslashes.
    return context.redirect(`${address.pathname.replace(/^\/+/, '/')}${address.search}`, 303);
  };

/** Whether whoever asks has the token: from the cookie, or as a bearer, which programs send. */
export function hasToken(context: Context, token: string): boolean {
  const [, bearer] = /^Bearer\s+(\S+)$/i.exec(context.req.header('authorization') ?? '') ?? [];
  const given = bearer ?? getCookie(context, cookieName(context));
  return given !== undefined && isSame(given, token);
}

/** In the same time whatever is given. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

export const withToken =
  (token: string): MiddlewareHandler =>
  async (context, next) =>
    hasToken(context, token)
      ? next()
      : context.json({ error: 'this needs the token: open the address that npm run dashboard prints' }, 401);

/** A program names none. */
export const ownOriginOnly: MiddlewareHandler = async (context, next) => {
  const origin = context.req.header('origin');
  if (origin !== undefined && origin !== `http://${context.req.header('host')}`)
    return context.json({ error: `pages of ${origin} may do nothing here` }, 403);
  return next();
};

/** For everything of the page that changes state. */
export const mayChange = (token: string): MiddlewareHandler => every(withToken(token), withHeader, ownOriginOnly);

const withHeader: MiddlewareHandler = async (context, next) =>
  context.req.header('x-tuning') === '1' ? next() : context.json({ error: 'the header X-Tuning: 1 is missing' }, 403);

export const smallBody = bodyLimit({
  maxSize: LARGEST_BODY,
  onError: (context) => context.json({ error: `a body has at most ${LARGEST_BODY} bytes` }, 413),
});
