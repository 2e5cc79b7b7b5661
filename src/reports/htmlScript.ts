/** The one script of the HTML report: which language is shown, and what is folded away comes out for the printer. */
import { createHash } from 'node:crypto';

export const SCRIPT = `
(() => {
  const KEPT = 'tuning-report-language';
  const pages = [...document.querySelectorAll('main')];
  const pageOf = (language) => pages.find((page) => page.dataset.language === language);
  const kept = () => { try { return localStorage.getItem(KEPT); } catch { return null; } };
  const keep = (language) => { try { localStorage.setItem(KEPT, language); } catch {} };
  const show = (language) => {
    for (const page of pages) page.hidden = page.dataset.language !== language;
    document.documentElement.lang = language;
    document.title = document.title.replace(/^.*(?= \\u00b7 )/s, () => pageOf(language).dataset.title);
  };
  const named = /-(zh|en)$/.exec(location.hash);
  const browser = /^zh/i.test(navigator.language) ? 'zh' : 'en';
  const first = document.currentScript.dataset.follows === 'browser' ? browser : document.documentElement.lang;
  const begin = (named && named[1]) || kept() || first;
  if (pageOf(begin)) show(begin);
  const decoded = (text) => { try { return decodeURIComponent(text); } catch { return text; } };
  if (named) document.getElementById(decoded(location.hash.slice(1)))?.scrollIntoView();
  for (const button of document.querySelectorAll('button[data-to]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const language = button.dataset.to;
      const read = [...button.closest('main').querySelectorAll('section[id]')].filter((part) => part.getBoundingClientRect().top <= 80).pop();
      show(language);
      keep(language);
      const same = read && document.getElementById(read.id.replace(/-(zh|en)$/, '-' + language));
      if (same) same.scrollIntoView(); else scrollTo(0, 0);
      pageOf(language).querySelector('button[data-to]').focus({ preventScroll: true });
    });
  }
  let unfolded = [];
  addEventListener('beforeprint', () => {
    unfolded = [...document.querySelectorAll('details:not([open])')];
    for (const part of unfolded) part.open = true;
  });
  addEventListener('afterprint', () => { for (const part of unfolded) part.open = false; });
})();
`;

/** What the page's policy allows: this script and no other. */
export const SCRIPT_HASH = `sha256-${createHash('sha256').update(SCRIPT).digest('base64')}`;
