/** How the HTML report looks: on a wide and a narrow screen, dark and light, and on paper. */
import { darkRules } from './charts/palette.ts';

const LIGHT =
  '--ink:#1f2937;--soft:#52606f;--line:#dfe3e8;--paper:#fff;--tint:#f5f7fa;--accent:#2f5f9e;--better:#17653f;--better-tint:#edf7f1;--unclear:#7a4a00;--unclear-tint:#fdf6e7;--worse:#a3132a;--worse-tint:#fdeef0';
const DARK =
  '--ink:#e5e7eb;--soft:#a7b0bd;--line:#374151;--paper:#111827;--tint:#1a2332;--accent:#7fb0f0;--better:#6fd6a2;--better-tint:#12291f;--unclear:#f0c060;--unclear-tint:#2b2314;--worse:#ff9aa8;--worse-tint:#35161c';

export const STYLE = `
:root{color-scheme:light;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;${DARK}}${darkRules('figure svg')}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
main{position:relative;max-width:78rem;margin:0 auto;padding:2rem 1.25rem 4rem}
main[hidden],button[hidden]{display:none}
h1{font-size:1.05rem;font-weight:600;color:var(--soft);margin:0 6rem 1rem 0}
h2{font-size:1.3rem;line-height:1.3;margin:0 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
section[id]{margin:2.8rem 0 0}
p,ul,ol{margin:.6rem 0}
ul,ol{padding-left:1.3rem}
li{margin:.3rem 0}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.switch{position:absolute;top:1.6rem;right:1.25rem;font:inherit;font-size:.9rem;color:var(--accent);background:var(--paper);border:1px solid var(--accent);border-radius:6px;padding:.25rem .8rem;cursor:pointer}
.switch:hover{background:var(--tint)}
.verdict{margin:0;padding:1.1rem 1.3rem;border:1px solid var(--tone);border-left-width:8px;border-radius:8px;background:var(--tint-of-tone)}
.better{--tone:var(--better);--tint-of-tone:var(--better-tint)}
.unclear{--tone:var(--unclear);--tint-of-tone:var(--unclear-tint);border-style:dashed;border-left-style:solid}
.worse{--tone:var(--worse);--tint-of-tone:var(--worse-tint);border-width:3px;border-left-width:14px}
.headline{margin:0 0 .7rem;font-size:1.6rem;line-height:1.3;color:var(--tone)}
.facts{list-style:none;margin:0;padding:0}
.facts>li{margin:.35rem 0}
.facts strong:first-child{color:var(--soft);font-weight:600}
.about{color:var(--soft);font-size:.92rem}
nav{font-size:.92rem;margin:1.4rem 0 0;padding:.7rem 1rem;border:1px solid var(--line);border-radius:8px}
nav ol{margin:.2rem 0;columns:2;column-gap:1.5rem;list-style:none;padding:0}
nav li{margin:.1rem 0;break-inside:avoid}
nav a{text-decoration:none;display:inline-block;padding:.1rem 0}
nav a:hover{text-decoration:underline}
.contents{margin:0;color:var(--soft);font-weight:600}
.scroll{overflow-x:auto;margin:.9rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.42rem .65rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600;background:var(--tint)}
[align="right"]{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Noto Sans Mono CJK SC",monospace;background:var(--tint);padding:.1em .35em;border-radius:4px;overflow-wrap:break-word}
pre{background:var(--tint);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere}
pre code{padding:0;background:none}
blockquote{margin:1rem 0;padding:.5rem 1rem;border-left:4px solid var(--accent);background:var(--tint);border-radius:0 8px 8px 0}
figure{margin:1rem 0}
figure svg{display:block;max-width:100%;height:auto}
.caption{color:var(--soft);font-size:.9rem;margin-top:.2rem}
.both{display:grid;grid-template-columns:1fr 1fr;gap:.2rem 1.6rem}
.both>p{margin:.3rem 0}
.steps{list-style:none;padding:0}
.steps>li{padding:.5rem 0 .5rem 1rem;border-left:3px solid var(--line);margin:.6rem 0}
.steps>li>p{margin:.2rem 0}
.note{margin:.4rem 0;padding:.4rem .8rem;border:1px dashed var(--accent);border-radius:6px}
.note>p{margin:0}
summary{cursor:pointer}
summary h2{display:inline-block;width:calc(100% - 1.4rem);vertical-align:middle}
@media (min-width:70rem){
  main{display:grid;grid-template-columns:13rem minmax(0,1fr);column-gap:2.4rem;grid-template-rows:auto 1fr}
  header,.sections{grid-column:2}
  nav{grid-column:1;grid-row:1/span 2;position:sticky;top:1.2rem;align-self:start;max-height:calc(100vh - 2.4rem);overflow-y:auto;margin:2.6rem 0 0;border:0;padding:0}
  nav ol{columns:1}
}
@media (max-width:40rem){
  main{padding:1.1rem .9rem 3rem}
  .switch{top:.8rem;right:.9rem}
  .verdict{padding:.8rem .9rem}
  .headline{font-size:1.3rem}
  .both{grid-template-columns:1fr}
  td,th{min-width:4.5em}
  [align="right"]{min-width:0}
}
@page{size:A4;margin:15mm 13mm 16mm;@bottom-center{content:counter(page) " / " counter(pages);font:9pt sans-serif;color:#52606f}}
@media print{
  body{font-size:10pt;line-height:1.5}
  main{max-width:none;padding:0;display:block}
  .switch{display:none!important}
  nav{display:block;position:static;max-height:none;border:1px solid var(--line);padding:.6rem 1rem;break-inside:avoid}
  nav ol{columns:3}
  h1{margin-right:0}
  h2,summary{break-after:avoid}
  section[id]{margin-top:1.8rem}
  .scroll{overflow:visible}
  table{font-size:8pt}
  th,td{padding:.28rem .4rem;overflow-wrap:anywhere}
  th,[align="right"]{overflow-wrap:normal}
  code{overflow-wrap:anywhere}
  td code{overflow-wrap:break-word}
  p,li{orphans:3;widows:3}
  p:has(+pre),p:has(+.scroll){break-after:avoid}
  thead{display:table-header-group}
  tr,figure,.verdict,.steps>li,blockquote,pre{break-inside:avoid}
  figure svg{min-width:0!important}
  details::details-content{content-visibility:visible;display:block}
  summary{list-style:none}
  *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
